"""The chat page's JSON: sessions, messages, taps, and what counts as delivered."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from bot.web.chat import LARGEST_JSON
from services.db.machine import WebMessage, WebSession
from tests.web.guest import Guest
from tests.web.place import SIGNED, Place, opened

NOBODY = ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x"}, {"Authorization": "Basic dTpw"})


# -- sessions -------------------------------------------------------------------------------------------------------


async def test_a_token_is_shown_once_and_kept_only_as_a_hash(place: Place, guest: Guest) -> None:
    row = await place.read(lambda session: session.get(WebSession, guest.session))
    assert len(guest.token) >= 40
    assert guest.token not in repr(row.__dict__)


async def test_nobody_gets_in_without_a_token(place: Place, guest: Guest) -> None:
    for method, path in (
        ("POST", "/chat/messages"), ("GET", "/chat/messages"), ("GET", "/chat/stream"), ("POST", "/chat/end"),
    ):  # fmt: skip
        for headers in NOBODY:
            answer = await place.ask(method, path, headers=headers)
            assert (answer.status, answer.error) == (401, "no-session")
        assert (await place.ask(method, f"{path}?token={guest.token}")).status == 401, "never in a URL"


async def test_an_address_opens_so_many_sessions_an_hour(tmp_path: Path) -> None:
    async with opened(tmp_path, chat_sessions_per_hour=3) as place:
        for _ in range(3):
            await Guest.comes(place)
        refused = await place.post("/chat/sessions", headers={"X-Forwarded-For": "203.0.113.9"})
        assert (refused.status, refused.error) == (429, "too-many-sessions")
        place.clock.tick(minutes=61)
        await Guest.comes(place)


async def test_behind_a_proxy_of_ours_the_last_address_counts(tmp_path: Path) -> None:
    async with opened(tmp_path, chat_sessions_per_hour=1, trust_proxy=True) as place:
        for first, status in (("203.0.113.1", 201), ("203.0.113.2", 429)):  # the first one anybody can write there
            headers = {"X-Forwarded-For": f"{first}, 198.51.100.7"}
            assert (await place.post("/chat/sessions", headers=headers)).status == status
        twice = [("X-Forwarded-For", "203.0.113.3"), ("X-Forwarded-For", "198.51.100.7")]
        assert (await place.post("/chat/sessions", headers=twice)).status == 429
        assert (await place.post("/chat/sessions", headers={"X-Forwarded-For": "198.51.100.8"})).status == 201


async def test_a_session_ends_after_thirty_idle_days(place: Place, guest: Guest) -> None:
    place.clock.tick(days=30)
    assert await guest.reads() == []
    place.clock.tick(days=29)
    assert await guest.reads() == []
    place.clock.tick(days=30, seconds=1)
    assert (await guest.sends({"id": "1", "text": "menu"})).status == 401


async def test_the_end_forgets_what_was_said(place: Place, guest: Guest) -> None:
    await guest.says("menu")
    other = await Guest.comes(place)
    await other.says("menu")
    assert (await place.post("/chat/end", headers=guest.headers)).status == 200
    assert (await place.get("/chat/messages", headers=guest.headers)).status == 401
    assert (await place.post("/chat/end", headers=guest.headers)).status == 401
    counted = select(func.count()).select_from(WebMessage).where(WebMessage.session_id == guest.session)
    assert await place.read(lambda session: session.scalar(counted)) == 0
    assert await other.reads(), "nobody else's conversation ended"


async def test_what_was_still_on_its_way_to_an_ended_session_is_dropped(place: Place, guest: Guest) -> None:
    await guest.sends({"id": "1", "text": "menu"})
    await place.post("/chat/end", headers=guest.headers)
    await place.house.settles()
    counted = select(func.count()).select_from(WebMessage)
    assert await place.read(lambda session: session.scalar(counted)) == 0


# -- messages -------------------------------------------------------------------------------------------------------


async def test_a_message_is_answered_and_its_choices_can_be_tapped(guest: Guest) -> None:
    greeting, menu = await guest.says("menu")
    assert {"n", "text", "choices"} <= set(menu)
    assert (greeting["n"], greeting["choices"], menu["n"]) == (1, [], 2)
    assert all(set(choice) == {"tap", "label"} for choice in menu["choices"])
    person = next(choice for choice in menu["choices"] if choice["label"] == "Gặp cán bộ")
    (answer,) = await guest.taps(person["tap"])
    assert answer["text"].startswith("Để gặp cán bộ của")
    assert answer["n"] == 3


async def test_the_same_id_again_has_no_second_effect(guest: Guest) -> None:
    first = await guest.says("menu")
    for body in (
        {"id": "own-1", "text": "menu"},
        {"id": "own-1", "text": "lịch làm việc"},
        {"id": "own-1", "tap": "1:0"},
    ):
        assert (await guest.sends(body)).status == 202
    await guest.place.house.settles()
    assert await guest.reads() == first


async def test_an_id_belongs_to_its_session(place: Place, guest: Guest) -> None:
    other = await Guest.comes(place)
    assert await guest.says("menu")
    assert await other.says("menu")


SHAPES = (
        {}, [], "menu", 1, None, {"id": "1"}, {"text": "menu"}, {"id": "", "text": "menu"}, {"id": 1, "text": "menu"},
        {"id": "x" * 101, "text": "menu"}, {"id": "1", "text": "menu", "tap": "1:0"}, {"id": "1", "text": ["menu"]},
        {"id": "1", "text": None}, {"id": "1", "text": "menu", "session": "another"}, {"id": "1", "tap": 5},
)  # fmt: skip


async def test_a_message_of_another_shape_is_refused(guest: Guest) -> None:
    for body in SHAPES:
        answer = await guest.sends(body)
        assert (answer.status, answer.error) == (400, "bad-message"), body
    for raw in (b"", b"menu", b'{"id": "1", "text": "\\ud83d"}', b"\xff", b"[" * 50_000):
        answer = await guest.place.post("/chat/messages", data=raw, headers=guest.headers)
        assert (answer.status, answer.error) == (400, "bad-message"), raw[:40]
    assert await guest.place.inbox() == []


async def test_a_message_may_be_long_and_odd_but_not_endless(guest: Guest) -> None:
    for odd in ("", " ", "\x00", "🇻🇳" * 50_000, "\u202e\u200b", "tha\u0300nh", "<b>&amp;</b> *a* _b_", "x" * 100_000):
        assert await guest.says(odd), f"{odd[:20]!r} was answered by nothing"
    answer = await guest.sends({"id": "1", "text": "x" * LARGEST_JSON})
    assert (answer.status, answer.error) == (413, "too-large")


async def test_an_old_or_foreign_tap_is_answered(guest: Guest) -> None:
    await guest.says("menu")
    for tap in ("1:0", "99:9", "x", "", "1:0:0", "-1:0", "٣:١", "9" * 500):
        assert await guest.taps(tap)


# -- delivered ------------------------------------------------------------------------------------------------------


async def test_a_message_is_delivered_when_it_was_fetched_past(place: Place, guest: Guest) -> None:
    other = await Guest.comes(place)
    await other.says("menu")
    await guest.says("menu")
    mine = select(WebMessage.n).where(WebMessage.session_id == guest.session, WebMessage.delivered_ms.is_not(None))

    async def delivered() -> list[int]:
        found: list[int] = await place.read(lambda session: list(session.scalars(mine.order_by(WebMessage.n))))
        return found

    await guest.reads()
    assert await delivered() == [], "handed out, but perhaps never seen"
    await guest.reads(after=1)
    assert await delivered() == [1]
    await guest.reads(after=2)
    assert await delivered() == [1, 2]
    theirs = select(func.count()).select_from(WebMessage).where(
        WebMessage.session_id == other.session, WebMessage.delivered_ms.is_not(None)
    )  # fmt: skip
    assert await place.read(lambda session: session.scalar(theirs)) == 0


async def test_after_is_a_number(guest: Guest) -> None:
    for after in ("x", "-1", "1.5", "٣", "9" * 20, "%00", "+1"):
        for path in ("messages", "stream"):
            answer = await guest.place.get(f"/chat/{path}?after={after}", headers=guest.headers)
            assert (answer.status, answer.error) == (400, "bad-number"), after


async def test_after_a_number_far_ahead_there_is_nothing(guest: Guest) -> None:
    await guest.says("menu")
    assert await guest.reads(after=99_999_999_999) == []


async def test_all_of_it_on_postgresql_too(tmp_path: Path) -> None:
    async with opened(tmp_path, kind="postgresql") as place:
        guest = await Guest.comes(place)
        _, menu = await guest.says("menu")
        assert await guest.taps(menu["choices"][0]["tap"])
        for odd in ("\x00", "xyzzy\x00qwrtp " * 50, "🇻🇳" * 50_000, "\u202e"):
            assert await guest.says(odd)
        assert (await guest.sends({"id": "\x00odd\x00", "text": "menu"})).status == 202
        assert (
            await place.post("/hooks/again", data=b'{"id": "a\\u0000", "chat": "\\u0000"}', headers=SIGNED)
        ).status == 200
        await place.house.settles()
        said = await guest.reads()
        assert await guest.reads(after=99_999_999_999) == []
        assert said[-1]["n"] == len(said)
        assert {row.state for row in await place.inbox()} == {"done", "aside"}
        assert (await place.post("/chat/end", headers=guest.headers)).status == 200
