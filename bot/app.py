"""The composition root: builds everything once, starts it in order, stops it in order."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from bot import pages
from bot.aftercare import Aftercare
from bot.channels.web import WebChannel
from bot.clockwork import Clockwork
from bot.connect import connected
from bot.delivery import Sender
from bot.erasing import erase_old
from bot.filing import Filing
from bot.journal import Journal
from bot.lanes import release_all
from bot.listen import Listener
from bot.metrics import Metrics
from bot.notify import Notifier
from bot.pictures import Pictures
from bot.polling import Poller
from bot.port import SendFailed
from bot.proof import Proofs
from bot.settings import Settings
from bot.standing import Standing
from bot.sweeping import Sweeper
from bot.teller import Teller
from bot.texts import Texts
from bot.threads import Threads
from bot.turns import Turns
from bot.wake import Wake
from bot.watch import Watch
from bot.web.chat import Chat
from bot.web.sessions import Sessions
from handlers import book
from services import guidance, places
from services.catalog.library import Library
from services.clock import Clock, SystemClock, ms
from services.db.machine import ChannelAccount
from services.db.session import Database
from services.facade import Services
from services.files import intake
from services.files.store import FolderStore
from services.keys import Keys

log = logging.getLogger("motcua.app")

LOCALES = Path(__file__).parent.parent / "locales"
ROLES = ("web", "turns", "delivery", "clock")
_STOP_S = 8.0


@dataclass
class App:
    """One process. Everything is a field, so that a test can stand in for any part through its port."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    demo: bool = False
    channels: dict[tuple[str, str], Any] = field(default_factory=dict)
    indexes: dict[str, Any] | None = None
    """Search indexes that other apps of this process built already."""
    only: str = ""
    """Take part in one channel only, beside a server that runs on the same database (the terminal)."""

    def __post_init__(self) -> None:
        self.texts = Texts(LOCALES)
        self.db = Database(self.settings.database_url)
        self.threads = Threads(self.db)
        self.metrics = Metrics()
        self.wake = Wake()
        self.journal = Journal(self.threads, self.clock, self.wake, self.settings.state_dir / "spool")
        self.library = Library(self.db, self.settings.state_dir / "cache", self.indexes)
        self.keys = Keys.read(self.settings.data_key.get_secret_value())
        self.store = FolderStore(self.settings.state_dir / "files", self.keys)
        self.filing = Filing(
            self.threads, self.store, intake.take,
            lambda session, who: self.services(session).presubmissions.wants_files(who),
        )  # fmt: skip
        self.web_channel = WebChannel(self.threads, self.clock, self.wake, files=self.filing.raw)
        self.pictures = Pictures(self.db, self.texts, self.clock, self.store)
        by_token = connected(self.settings, self.threads, self.clock, self.pictures.png)
        self.channels = {("web", "default"): self.web_channel, **by_token, **self.channels}
        if self.only:
            self.channels = {key: channel for key, channel in self.channels.items() if key[0] == self.only}
        dialog, group = book.dialog(), book.group()
        self.turns = Turns(
            self.threads, self.clock, self.wake, self.channels, dialog, self.texts,
            self.services, self.metrics, self.settings.default_locale, group=group,
            filing=self.filing, only=self.only,
        )  # fmt: skip
        self.teller = Teller(
            self.threads, self.clock, self.wake, self.channels, dialog, group, self.texts, self.services,
            default_locale=self.settings.default_locale, only=self.only,
        )  # fmt: skip
        self.notifier = Notifier(
            self.threads, self.clock, self.wake, self.channels, dialog, self.texts, self.keys,
            default_locale=self.settings.default_locale,
        )  # fmt: skip
        self.aftercare = Aftercare(self.threads, self.clock, self.wake)
        self.proofs = Proofs(
            self.threads, self.clock, self.wake, self.store, self.keys, self.texts, locale=self.settings.default_locale
        )
        self.sweeper = Sweeper(self.threads, self.clock, self.store)
        self.watch = Watch(
            self.threads,
            self.clock,
            self.wake,
            self.channels,
            self.metrics,
            fallback_after_s=self.settings.fallback_after_s,
        )
        self.senders = [
            Sender(channel, self.threads, self.clock, self.metrics, in_flight=self.settings.sends_in_flight)
            for channel in self.channels.values()
        ]
        self.up: dict[tuple[str, str], str] = {}
        self.standing = Standing(self.threads, self.metrics, self.channels, self.up)
        self.sessions = Sessions(
            self.threads, self.clock, self.settings.chat_sessions_per_hour, partial(self.keys.index, "address")
        )
        self.chat = Chat(
            self.sessions, self.web_channel, self.journal,
            self.wake, self.texts, self.clock, office_name=self.standing.office_name,
            trust_proxy=self.settings.trust_proxy, keep=self.filing.keep_raw,
        )  # fmt: skip
        self.clockwork = Clockwork()
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[Any]] = []
        self._runner: web.AppRunner | None = None
        self.port = 0

    def services(self, session: Session) -> Services:
        """What a conversation may ask of the office, in one transaction."""
        return Services(session, self.clock, self.library, self.keys, self.store, self.settings.public_url)

    # -- the web -------------------------------------------------------------------------------------------------

    def site(self) -> web.Application:
        """The web application."""
        return pages.site(self)

    # -- starting and stopping -----------------------------------------------------------------------------------

    async def start(self, roles: tuple[str, ...] = ROLES, *, host: str = "", port: int | None = None) -> None:
        """Start the named roles. Raises SendFailed for a channel whose credentials are refused at once."""
        await self.threads.write(self.register_accounts)
        self.wake.streams.ring()
        if not self.db.is_sqlite:
            self._begin(Listener(self.db, self.wake).run(self._stop))
        if "turns" in roles:
            await self.threads.aside(self.library.refresh)
        await self._open_channels()
        if "turns" in roles:
            self._begin(self.turns.run(self._stop))
            self._begin(self.teller.run(self._stop))
            self._begin(self.proofs.run(self._stop))
            self._begin(self.threads.aside(places.warm))
            if not self.only:
                self._begin(self.notifier.run(self._stop))
            self.clockwork.every(2, "catalogue", lambda: self.threads.aside(self.library.refresh))
        if "delivery" in roles:
            for sender in self.senders:
                self._begin(sender.run(self._stop, self.wake))
        if "web" in roles:
            self._begin(self.chat.run(self._stop))
            self._runner = web.AppRunner(self.site(), access_log=None, shutdown_timeout=2)
            await self._runner.setup()
            site = web.TCPSite(self._runner, host or self.settings.host, self.settings.port if port is None else port)
            await site.start()
            self.port = self._runner.addresses[0][1]
            for channel in self.channels.values():
                if getattr(channel, "receive", "") == "polling":
                    self._begin(Poller(channel, self.journal, self.threads, self.clock, self.metrics).run(self._stop))
            self.clockwork.every(5, "spool", self.journal.drain_spool)
        for channel in self.channels.values():
            if "delivery" in roles and hasattr(channel, "tend"):
                self.clockwork.every(600, f"tend {channel.name}/{channel.account}", channel.tend)
        if "clock" in roles:
            self._begin(self.watch.run(self._stop))
            self.clockwork.every(30, "digest", self.notifier.digest)
            self.clockwork.every(5, "aftercare", self.aftercare.step)
            self.clockwork.every(600, "erase", self.erase)
            self.clockwork.every(3600, "sweep", self.sweeper.sweep)
        self.clockwork.every(15, "channels", self._open_channels)
        self.clockwork.start()
        gc.collect()
        gc.freeze()

    def register_accounts(self, session: Session) -> None:
        """Give every channel account its row; on SQLite also forget the claims of a process that died."""
        if self.db.is_sqlite and not self.only:
            release_all(session)
        for channel, account in self.channels:
            if session.get(ChannelAccount, (channel, account)) is None:
                session.add(ChannelAccount(channel=channel, account=account, closed_until_ms=0))

    async def _open_channels(self) -> None:
        """Start the channels that are not up; one that was refused for good is left for the operator."""
        for key, channel in self.channels.items():
            if self.up.get(key, "").startswith(("ok", "misconfigured")):
                continue
            try:
                await channel.start()
                self.up[key] = "ok"
            except SendFailed as failure:
                # The office is served on its other channels; this one says in /health what is wrong.
                self.up[key] = f"{failure.kind}:{failure.reason}"
                log.error("a channel did not start", extra={"channel": key[0], "reason": self.up[key]})
            self.metrics.channel_up.labels(*key).set(1 if self.up[key] == "ok" else 0)

    async def erase(self) -> None:
        """Erase what has had its time, a bounded number of rows at once."""
        await self.sweeper.erase()
        keep = self.settings
        before = ms(self.clock.now()) - keep.keep_journal_days * 86_400_000
        await self.threads.write(lambda session: erase_old(session, before))
        await self.threads.write(
            lambda session: guidance.erase_old(
                session, self.clock.now(), guidance_days=keep.keep_guidance_days, question_days=keep.keep_questions_days
            )
        )

    def _begin(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def stop(self) -> None:
        """Stop: take nothing new, finish what is under way, close. Within 10 seconds, nothing half done."""
        self._stop.set()
        self.clockwork.stop()
        self.chat.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.wake.turns.ring()
        for sender in self.senders:
            self.wake.delivery_of(sender.channel.name, sender.channel.account).ring()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_STOP_S)
            for task in late:
                task.cancel()
        for channel in self.channels.values():
            await channel.stop()
        self.threads.close()
        self.db.close()

    async def serve(self, roles: tuple[str, ...], host: str, port: int, said: Callable[[str], None]) -> None:
        """Run until SIGTERM or SIGINT."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, ended.set)
        await self.start(roles, host=host, port=port)
        if "web" in roles:
            shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104  (only compared)
            said(f"Một Cửa is ready: http://{shown}:{self.port}/")
        else:
            said(f"Một Cửa is ready: {', '.join(roles)}")
        await ended.wait()
        await self.stop()
