"""The tokens of an Official Account against the twin: no refresh token is spent twice, no new pair is lost."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.port import Page
from services.clock import ms
from tests.channels.oa_place import USER, Place, fails
from tests.kit.databases import KINDS
from tests.twins import Fault
from tests.twins.zalo_oa import CONSULT, OAUTH

HELLO = Page("Xin chào")

on_both = pytest.mark.parametrize("place", KINDS, indirect=True)


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
