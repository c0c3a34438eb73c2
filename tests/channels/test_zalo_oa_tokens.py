"""The tokens of an Official Account against the twin: no refresh token is spent twice, no new pair is lost."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from bot.channels.zalo_oa import ZaloOAChannel
from bot.channels.zalo_oa_pairs import Pairs
from bot.port import Page, SendFailed
from services.clock import ms
from services.db import migrate
from services.db.base import Base
from services.db.session import Database
from services.keys import Keys
from tests.channels.oa_place import KINDS, OTHER_KEY, USER, Place, Unsteady
from tests.kit.house import KEY
from tests.twins import Fault
from tests.twins.zalo_oa import CONSULT, OAUTH

HELLO = Page("Xin chào")

on_both = pytest.mark.parametrize("place", KINDS, indirect=True)


async def fails(channel: ZaloOAChannel, kind: str, reason: str) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await channel.send(USER, HELLO)
    assert (caught.value.kind, caught.value.reason) == (kind, reason)
    assert caught.value.__cause__ is None
    return caught.value


@on_both
async def test_the_setting_is_spent_once_and_the_pair_outlives_the_process(place: Place) -> None:
    first = place.process()
    await first.start()
    await first.send(USER, HELLO)
    assert (place.twin.refresh_state(place.seed), place.spent()) == ("spent", 1)
    second = place.process()
    await second.start()
    await second.send(USER, HELLO)
    assert place.spent() == 1
    assert place.events() == ["seeded"]
    row = place.row()
    assert (row.state, row.generation, row.ends_ms - row.obtained_ms) == ("ok", 1, 25 * 3600 * 1000)
    assert row.access is not None
    assert row.refresh is not None
    assert b"twin-" not in row.access + row.refresh
    assert place.seed not in str(row.seed)


@on_both
async def test_one_renewal_at_twenty_hours_however_many_ask(place: Place) -> None:
    channel = place.process()
    await channel.start()
    place.clock.tick(hours=19, minutes=59)
    await channel.tend()
    assert place.spent() == 1
    place.clock.tick(minutes=2)
    place.twin.person(*range(100, 130))
    place.twin.next(OAUTH, Fault.slow(0.1))
    await asyncio.gather(*(channel.send(str(person), HELLO) for person in range(100, 130)))
    assert (place.spent(), len(place.twin.sent())) == (2, 30)
    assert {call.headers["access_token"] for call in place.twin.calls_of(CONSULT)} == {"twin-access-3"}
    assert place.events() == ["seeded", "rotated"]


@on_both
async def test_two_processes_never_spend_one_refresh_token_twice(place: Place) -> None:
    one, two = place.process(), place.process()
    await one.start()
    await two.start()
    place.clock.tick(hours=21)
    place.twin.next(OAUTH, Fault.slow(0.3))
    await asyncio.gather(*(channel.send(USER, HELLO) for channel in (one, two, one, two)))
    assert place.spent() == 2  # the first one's, and one renewal: meanwhile the other goes on with the old token
    place.twin.old_access_dies = True
    place.clock.tick(hours=26)
    place.twin.next(OAUTH, Fault.slow(0.3))
    renewing = asyncio.create_task(one.tend())
    await place.twin.until(lambda: place.spent() == 3)
    # The old token has run out: the other process waits a moment.
    failure = await fails(two, "retry_after", "token-renewing")
    assert (failure.after, failure.scope) == (2.0, "account")
    await renewing
    await two.send(USER, HELLO)
    assert place.spent() == 3
    place.twin.next(CONSULT, Fault.unauthorized())
    await one.send(USER, HELLO)  # renews, whereupon the token that the other holds is dead
    await two.send(USER, HELLO)
    assert place.spent() == 4
    assert place.events() == ["seeded", "rotated", "rotated", "rotated"]


@on_both
async def test_a_lease_of_a_dead_process_runs_out(place: Place) -> None:
    channel = place.process()
    await channel.start()
    now = ms(place.clock.now())
    place.change(lease_owner="dead", lease_until_ms=1 << 50)
    place.clock.tick(hours=26)
    await fails(channel, "retry_after", "token-renewing")
    place.change(lease_until_ms=now - 1)
    await channel.send(USER, HELLO)
    assert place.events() == ["seeded", "rotated"]


@on_both
async def test_a_refused_token_is_renewed_once_and_the_message_sent_once_more(place: Place) -> None:
    channel = place.process()
    await channel.start()
    for code in (-216, -220):
        place.clock.tick(minutes=10)
        place.twin.next(CONSULT, Fault.error(code, "Access token is invalid"))
        await channel.send(USER, HELLO)
    assert (place.spent(), len(place.twin.sent())) == (3, 2)
    place.clock.tick(minutes=10)
    place.twin.next(CONSULT, Fault.unauthorized(), times=None)
    await fails(channel, "misconfigured", "bad-token")
    assert place.spent() == 4
    place.clock.tick(minutes=1)  # every minute delivery tries again: no pair is burnt for that
    await fails(channel, "misconfigured", "bad-token")
    assert place.spent() == 4
    place.twin.clear_faults()
    await channel.send(USER, HELLO)
    assert place.spent() == 4


@on_both
async def test_a_final_refusal_stops_the_account_and_calls_for_a_person(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = place.process()
    await channel.start()
    place.clock.tick(hours=21)
    place.twin.next(OAUTH, Fault.error(-14014, "Invalid refresh token"), times=None)
    await channel.send(USER, HELLO)  # the old token is good for four hours more
    place.clock.tick(hours=3)
    await channel.send(USER, HELLO)
    assert place.spent() == 2
    place.clock.tick(hours=2)
    await fails(channel, "misconfigured", "oauth-14014")
    await fails(place.process(refresh_token=None), "misconfigured", "oauth-14014")
    assert place.spent() == 2
    assert place.events() == ["seeded", "refused:oauth-14014"]
    alarms = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert ["zalo-oa connect" in record.getMessage() for record in alarms] == [True]
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "twin-refresh" not in logged
    assert "twin-access" not in logged
    assert "twin-app-secret" not in logged

    place.twin.clear_faults()  # the app's secret was wrong, say, and is right again: a restart tries what there is
    await place.process().start()
    assert place.row().state == "ok"
    assert place.events()[2:] == ["rotated"]


async def test_another_token_in_the_setting_is_a_new_beginning(place: Place) -> None:
    await place.process().start()
    place.twin.revoke()
    place.clock.tick(hours=26)
    await fails(place.process(), "misconfigured", "oauth-14014")
    place.seed = place.twin.grant()[1]
    await place.process().send(USER, HELLO)
    assert place.events() == ["seeded", "refused:oauth-14014", "seeded"]


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (Fault.rate_limited(), "retry_after", "per-minute"),
        (Fault.bad_gateway(), "retryable", "server-error"),
        (Fault.server_error(), "retryable", "server-error"),
        (Fault.rate_limited_html(), "retry_after", "too-many"),
        (Fault.html(403, "Forbidden"), "retryable", "http-403"),
        (Fault.drop_before(), "retryable", "connection-lost"),
        (Fault.hang(), "retryable", "timeout"),
        (Fault.raw(b"[]"), "retryable", "unreadable"),
        (Fault.raw(b'{"access_token": "x"}'), "retryable", "unreadable"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
async def test_what_is_no_refusal_breaks_nothing(place: Place, fault: Fault, kind: str, reason: str) -> None:
    channel = place.process(send_seconds=0.1)
    await channel.start()
    place.clock.tick(hours=21)
    place.twin.next(OAUTH, fault)
    await channel.send(USER, HELLO)
    await channel.send(USER, HELLO)
    assert place.spent() == 2  # a minute's pause before the next try
    place.clock.tick(hours=5)
    place.twin.next(OAUTH, fault)
    await fails(channel, kind, reason)
    place.clock.tick(minutes=1)
    await channel.send(USER, HELLO)
    assert len(place.twin.sent()) == 3
    assert place.row().state == "ok"
    unsure = reason in ("connection-lost", "timeout", "unreadable")
    assert place.events() == ["seeded", *[f"uncertain:{reason}"] * 2 * unsure, "rotated"]


async def test_an_answer_that_was_lost_may_cost_the_account_and_that_is_said(place: Place) -> None:
    channel = place.process()
    await channel.start()
    place.clock.tick(hours=21)
    place.twin.next(OAUTH, Fault.drop_after())
    await channel.send(USER, HELLO)
    place.clock.tick(minutes=2)
    await channel.send(USER, HELLO)
    assert place.events() == ["seeded", "uncertain:connection-lost", "refused:oauth-14014"]
    place.clock.tick(hours=5)
    await fails(channel, "misconfigured", "oauth-14014")


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
