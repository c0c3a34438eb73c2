"""How Telegram hands out updates: `getUpdates`, or a webhook, never both.

Source: https://core.telegram.org/bots/api#getting-updates.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from tests.twins.base import Json, Twin, encode, structured
from tests.twins.faults import refuse
from tests.twins.postman import Letter, Postman
from tests.twins.reading import whole
from tests.twins.records import Posted

_KEPT_FOR = 24 * 3600.0  # seconds that Telegram keeps an update nobody fetched
_NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(frozen=True, slots=True)
class _Waiting:
    lane: str
    at: float
    update: Json


class TelegramUpdates(Twin):
    """The updates of one bot, waiting until they are acknowledged by an offset or by the webhook's 200."""

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self._waiting: list[_Waiting] = []
        self._last_update_id = 700_000_000
        self._news = asyncio.Event()
        self._poll = 0
        self._allowed: list[str] = []
        self._hook: Json = {"url": "", "has_custom_certificate": False}
        self.unasked: list[Json] = []
        """Updates that were never queued because `allowed_updates` leaves their kind out."""
        self.webhook_backoff: tuple[float, ...] = (1, 2, 4, 8, 16, 32, 60)
        """Seconds between the attempts to post an update; the last one repeats for 24 hours."""
        self.postman = Postman(
            self,
            address=lambda: str(self._hook["url"]) or None,
            delay=self._pause,
            deadline=60.0,
            taken=self._acknowledged,
            given_up=self._forget,
        )

    @property
    def pending(self) -> list[Json]:
        """The updates that were not acknowledged yet, oldest first."""
        return [waiting.update for waiting in self._waiting]

    @property
    def posted(self) -> list[Posted]:
        """Every attempt to post an update to the webhook."""
        return self.postman.posted

    async def until_acknowledged(self, within: float = 60.0) -> None:
        """Returns once no update waits any more. TimeoutError after `within` real seconds."""
        await self.until(lambda: not self._waiting and not self.postman.busy, within)

    def _update(self, kind: str, lane: int, content: Json) -> Json:
        update = {"update_id": self._last_update_id + 1, kind: content}
        wanted = kind in self._allowed if self._allowed else kind not in _NOT_BY_DEFAULT
        self._last_update_id += 1
        if not wanted:
            self.unasked.append(update)
            return update
        return self._incoming(str(lane), update)

    def _admit(self, lane: str, update: Json) -> None:
        self._waiting.append(_Waiting(lane, self.now(), update))
        if self._hook["url"]:
            self._post(lane, update)
        self._news.set()

    def _post(self, lane: str, update: Json) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._hook["secret"]} if self._hook.get("secret") else {}
        self.postman.post(lane, Letter(str(update["update_id"]), encode(update), headers))

    def _pause(self, tries: int) -> float | None:
        backoff = self.webhook_backoff
        self._hook["last_error_date"] = int(self.now())
        self._hook["last_error_message"] = "Wrong response from the webhook"
        spent = sum(backoff[: tries - 1]) + max(0, tries - 1 - len(backoff)) * backoff[-1]
        return backoff[min(tries, len(backoff)) - 1] if spent < _KEPT_FOR else None

    def _acknowledged(self, letter: Letter, reply: bytes) -> None:
        self._forget(letter)
        try:
            body = json.loads(reply) if reply else None
        except ValueError:
            body = None
        if isinstance(body, dict) and "method" in body:
            self._reply_in_webhook(body)

    def _reply_in_webhook(self, body: Json) -> None:
        """A method call in the answer to a webhook."""
        raise NotImplementedError

    def _forget(self, letter: Letter) -> None:
        for at, waiting in enumerate(self._waiting):
            if str(waiting.update["update_id"]) == letter.ident:
                del self._waiting[at]
                return

    # --- methods ------------------------------------------------------------------------------------------------------

    def _allow(self, params: Json) -> None:
        if "allowed_updates" in params:
            try:
                allowed = structured(params["allowed_updates"])
            except ValueError:
                allowed = None
            if not isinstance(allowed, list):
                raise refuse(400, "Bad Request: can't parse allowed updates list")
            self._allowed = [str(kind) for kind in allowed]

    async def _get_updates(self, params: Json) -> list[Json]:
        if self._hook["url"]:
            raise refuse(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._allow(params)
        offset = whole(params, "offset")
        limit = min(max(whole(params, "limit", 100), 1), 100)
        timeout = min(whole(params, "timeout"), 50)
        self._waiting = [waiting for waiting in self._waiting if self.now() - waiting.at < _KEPT_FOR]
        if offset < 0:
            self._waiting = self._waiting[offset:]
        elif offset > 0:
            self._waiting = [waiting for waiting in self._waiting if waiting.update["update_id"] >= offset]
        self._poll += 1
        mine = self._poll
        self._news.set()  # wakes a poll that is under way, so that it can give way
        if not self._waiting and timeout > 0:
            await self._wait_for_news(mine, timeout)
        return self.pending[:limit]

    async def _wait_for_news(self, mine: int, seconds: int) -> None:
        alarm = asyncio.ensure_future(self.sleep(seconds))
        try:
            while not self._waiting and not alarm.done():
                self._news.clear()
                news = asyncio.ensure_future(self._news.wait())
                try:
                    await asyncio.wait({alarm, news}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    news.cancel()
                if self._poll != mine:
                    raise refuse(
                        409,
                        "Conflict: terminated by other getUpdates request; "
                        "make sure that only one bot instance is running",
                    )
        finally:
            alarm.cancel()

    def _set_webhook(self, params: Json) -> bool:
        url = str(params.get("url", ""))
        if not url:
            return self._delete_webhook(params)
        secret = str(params.get("secret_token", ""))
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise refuse(400, "Bad Request: secret token contains unallowed characters")
        # The real platform wants https; on loopback a plain address stands for it.
        if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise refuse(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self._allow(params)
        self._drop_pending(params)
        self._hook = {
            "url": url,
            "has_custom_certificate": False,
            "max_connections": whole(params, "max_connections", 40),
            "ip_address": "127.0.0.1",
            "secret": secret,
        }
        self.postman.recall()
        for waiting in self._waiting:
            self._post(waiting.lane, waiting.update)
        self._news.set()
        return True

    def _delete_webhook(self, params: Json) -> bool:
        self._drop_pending(params)
        self._hook = {"url": "", "has_custom_certificate": False}
        self.postman.recall()
        return True

    def _drop_pending(self, params: Json) -> None:
        if str(params.get("drop_pending_updates", "")).lower() == "true":
            self._waiting.clear()

    def _webhook_info(self, params: Json) -> Json:
        info = {key: value for key, value in self._hook.items() if key != "secret"}
        info["pending_update_count"] = len(self._waiting)
        if self._allowed:
            info["allowed_updates"] = self._allowed
        return info
