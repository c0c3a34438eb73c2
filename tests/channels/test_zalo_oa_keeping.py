"""Where the tokens of an Official Account are kept: before they are used, under the office's key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from bot.channels.zalo_oa_pairs import Pairs
from bot.port import Page, SendFailed
from services.clock import ms
from services.db import migrate
from services.db.base import Base
from services.db.session import Database
from services.keys import Keys
from tests.channels.oa_place import OTHER_KEY, USER, Place, Unsteady, fails
from tests.kit.databases import KINDS
from tests.kit.house import KEY
from tests.twins import Fault
from tests.twins.zalo_oa import CONSULT, OAUTH

HELLO = Page("Xin chào")

on_both = pytest.mark.parametrize("place", KINDS, indirect=True)


@on_both
async def test_a_new_pair_is_kept_before_it_is_used(place: Place) -> None:
    threads = place.threads(Unsteady)
    assert isinstance(threads, Unsteady)
    channel = place.process(threads=threads)
    await channel.start()
    place.clock.tick(hours=26)
    threads.pass_on = 1  # the claim, and then the database is away
    await fails(channel, "retryable", "database")
    await fails(channel, "retryable", "database")
    assert (place.spent(), place.twin.sent(), place.row().generation) == (2, [], 1)
    threads.pass_on = None
    await channel.send(USER, HELLO)
    assert (place.spent(), place.row().generation) == (2, 2)
    assert place.events() == ["seeded", "rotated"]
    place.clock.tick(hours=26)
    threads.pass_on = 1
    await fails(channel, "retryable", "database")
    threads.pass_on = None
    await channel.stop()  # and at the last moment
    assert place.row().generation == 3


async def test_a_send_that_is_given_up_does_not_cut_the_renewal(place: Place) -> None:
    channel = place.process()
    await channel.start()
    place.clock.tick(hours=26)
    place.twin.next(OAUTH, Fault.slow_answer(0.2))
    sending = asyncio.create_task(channel.send(USER, HELLO))
    await place.twin.until(lambda: place.spent() == 2)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await channel.stop()
    assert place.events() == ["seeded", "rotated"]


@on_both
async def test_a_consent_given_meanwhile_wins(place: Place) -> None:
    channel = place.process()
    await channel.start()
    place.clock.tick(hours=26)
    place.twin.next(OAUTH, Fault.slow_answer(0.3))
    sending = asyncio.create_task(channel.send(USER, HELLO))
    await place.twin.until(lambda: place.spent() == 2)
    access, refresh = place.twin.grant()
    pairs = Pairs(Keys.read(KEY), "zalo-oa", "default", "connect")
    with Session(place.databases[0].engine) as session, session.begin():
        pairs.connect(session, access, refresh, 90_000, "1", ms(place.clock.now()))
    await sending
    assert place.twin.calls_of(CONSULT)[-1].headers["access_token"] == access
    assert place.events() == ["seeded", "connected"]


async def test_another_key_opens_nothing_until_the_account_is_connected_again(place: Place) -> None:
    await place.process().start()
    other = place.process(data_key=SecretStr(OTHER_KEY), refresh_token=None)
    await fails(other, "misconfigured", "data-key")
    for key in ("", "kurz"):
        with pytest.raises(SendFailed, match="misconfigured: data-key"):
            await place.process(data_key=SecretStr(key)).start()
    access, refresh = place.twin.grant()
    pairs = Pairs(Keys.read(OTHER_KEY), "zalo-oa", "default", "connect")
    with Session(place.databases[0].engine) as session, session.begin():
        pairs.connect(session, access, refresh, 90_000, "1", ms(place.clock.now()))
    await other.send(USER, HELLO)


async def test_without_any_token_the_account_is_not_connected(place: Place) -> None:
    channel = place.process(refresh_token=None)
    with pytest.raises(SendFailed, match="misconfigured: not-connected"):
        await channel.start()
    await channel.tend()
    assert place.spent() == 0


def test_the_migration_goes_up_and_down_and_is_what_the_models_say(tmp_path: Path) -> None:
    from tests.kit import postgres

    with postgres.database() as server:
        for url in (f"sqlite:///{tmp_path / 'm.db'}", server):
            db = Database(url)
            for target in ("head", "0002", "head"):
                (migrate.downgrade if target == "0002" else migrate.upgrade)(db, target)
                names = {name for name in inspect(db.engine).get_table_names() if name.startswith("channel_token")}
                assert names == (set() if target == "0002" else {"channel_tokens", "channel_token_events"})
            with db.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"compare_type": True})
                changes = [str(change) for change in compare_metadata(context, Base.metadata)]
            assert [change for change in changes if "channel_token" in change] == []
            db.close()
