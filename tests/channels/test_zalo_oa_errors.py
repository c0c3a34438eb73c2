"""Every error code of an Official Account, and everything the wire can do to a call."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.channels import zalo_oa_errors as errors
from bot.port import Page, Receipt, SendFailed
from tests.channels.oa_place import TEMPLATES, USER, Place, started
from tests.twins import Fault
from tests.twins.zalo_oa import CONSULT

PLACES = [("message", errors.OA), ("by uid", errors.ZBS), ("by phone", errors.ZBS)]


@pytest.mark.parametrize(("where", "table"), PLACES, ids=[where for where, _ in PLACES])
async def test_every_code_has_its_meaning(place: Place, where: str, table: Any) -> None:
    channel, twin = await started(place, templates=TEMPLATES), place.twin
    ways: dict[str, Callable[[], Awaitable[Receipt]]] = {
        "message": lambda: channel.send(USER, Page("riêng tư")),
        "by uid": lambda: channel.send_template_by_uid(USER, "ready", {"code": "1"}),
        "by phone": lambda: channel.send_template_by_phone("0912345678", "ready", {"code": "1"}, "hs-1"),
    }
    for code, meaning in {**table, -999: errors.Meaning("refused", "code-999")}.items():
        twin.next("*", Fault.error(code, "Lỗi 0912345678"))
        with pytest.raises(SendFailed) as caught:
            await ways[where]()
        assert (caught.value.kind, caught.value.reason) == (meaning.kind, meaning.reason)
        assert caught.value.__cause__ is None
        if meaning.kind == "retry_after":
            assert caught.value.scope == ("account" if meaning.until == "minute" else "chat")
            # The clock stands at 09:00 in the office: the next 06:05 is 21 hours and 5 minutes away.
            assert caught.value.after == (60 if meaning.until == "minute" else 21 * 3600 + 5 * 60)
    assert twin.sent() == []


def test_codes_of_several_meanings() -> None:
    app, oa = "The application has reached the limit", "The OA has reached the limit"
    assert errors.meaning_of(-32, app, errors.OA).reason == "app-per-minute"
    assert errors.meaning_of(-32, oa, errors.OA).reason == "oa-per-minute"
    assert errors.meaning_of(-223, "Article quota exceeded", errors.OA).kind == "retry_after"
    assert errors.meaning_of(-223, "OA has not authorized this API", errors.OA).kind == "misconfigured"


def test_waiting_for_the_morning() -> None:
    def hours(text: str, *, tomorrow: bool) -> float:
        local = datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
        return errors.seconds_until_morning(local, tomorrow=tomorrow) / 3600

    assert hours("2026-11-26T16:05", tomorrow=False) == 7  # 23:05
    assert hours("2026-11-26T20:05", tomorrow=False) == 3  # 03:05
    assert hours("2026-11-26T20:05", tomorrow=True) == 27
    assert hours("2026-11-26T23:05", tomorrow=False) == 24  # 06:05 itself
    night = errors.failure_of(errors.OA[-234], datetime(2026, 11, 26, 23, 5, tzinfo=UTC), 0.5)
    assert (night.after, night.scope) == (7 * 3600 + 300, "chat")


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (Fault.rate_limited(), "retry_after", "app-per-minute"),
        (Fault.rate_limited_html(), "retry_after", "too-many"),
        (Fault.blocked(), "gone", "blocked"),
        (Fault.deactivated(), "gone", "inactive"),
        (Fault.kicked(), "gone", "not-follower"),
        (Fault.ok_false(), "retryable", "send-failed"),
        (Fault.error(404, "Empty api"), "misconfigured", "not-found"),
        (Fault.error(408, "Request timeout"), "unknown", "http-408"),
        (Fault.error(413, "Too Large"), "refused", "http-413"),
        (Fault.html(404, "Not Found"), "retryable", "http-404"),
        (Fault.server_error(), "retryable", "server-error"),
        (Fault.bad_gateway(), "retryable", "server-error"),
        (Fault.html(504, "Gateway Time-out"), "unknown", "http-504"),
        (Fault.html(200, "Welcome"), "unknown", "unreadable"),
        (Fault.raw(b"\xff\xfe[", accept=True), "unknown", "unreadable"),
        (Fault.raw(b"[1]", accept=True), "unknown", "unreadable"),
        (Fault.drop_before(), "unknown", "connection-lost"),
        (Fault.drop_after(), "unknown", "connection-lost"),
        (Fault.cut_body(), "unknown", "connection-lost"),
        (Fault.hang(), "unknown", "timeout"),
        (Fault.hang(accept=True), "unknown", "timeout"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
async def test_every_fault_of_the_wire(
    place: Place, fault: Fault, kind: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = await started(place, send_seconds=0.3)
    place.twin.next(CONSULT, fault)
    with pytest.raises(SendFailed) as caught:
        await channel.send(USER, Page("Chuyện riêng tư"))
    assert (caught.value.kind, caught.value.reason) == (kind, reason)
    assert (await channel.send(USER, Page("Xin chào"))).message_id == place.twin.last(USER).message_id
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("asyncio"))
    assert not any(secret in logged for secret in ("riêng tư", "twin-access", USER))


async def test_half_a_character_is_refused_here(place: Place) -> None:
    channel = await started(place)
    with pytest.raises(SendFailed, match="refused: bad-text"):
        await channel.send(USER, Page("\ud83d"))


async def test_nobody_there(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        channel = place.process(api_url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        for attempt in (channel.start(), channel.send(USER, Page("Xin chào"))):
            with pytest.raises(SendFailed, match="retryable: connect"):
                await attempt


@pytest.mark.parametrize("shape", ["no time", "no id", "no data", "list", "number"])
async def test_what_was_delivered_is_never_an_error(place: Place, shape: str) -> None:
    changes: dict[str, Any] = {
        "no time": {"message_id": "m"}, "no id": {"sent_time": "1"}, "no data": None, "list": [1], "number": 3,
    }  # fmt: skip
    channel = await started(place)
    place.twin.next(CONSULT, Fault.reshaped(lambda answer: {**answer, "data": changes[shape]}))
    receipt = await channel.send(USER, Page("Xin chào"))
    assert receipt.message_id == ("m" if shape == "no time" else "")
    assert len(place.twin.sent()) == 1


async def test_the_window_closes_after_seven_days(place: Place) -> None:
    channel = await started(place)
    place.clock.tick(days=3)
    await channel.send(USER, Page("Có tin"))
    assert len(place.twin.billed) == 1
    place.clock.tick(days=5)
    for code in (-230, -232):
        place.twin.too_late = code
        with pytest.raises(SendFailed, match="refused: window"):
            await channel.send(USER, Page("Có tin"))


async def test_an_operator_hears_of_each_trouble_once(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    channel = await started(place)
    for _ in range(3):
        place.twin.next(CONSULT, Fault.error(-321, "ZCA"))
        with pytest.raises(SendFailed):
            await channel.send(USER, Page("Có tin"))
    alarms = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [(record.__dict__["code"], record.__dict__["reason"]) for record in alarms] == [(-321, "wallet-empty")]
