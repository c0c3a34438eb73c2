"""Turns: each update once, in order, wholly or not at all, whatever breaks."""

from __future__ import annotations

from pathlib import Path

import msgspec
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from bot.lanes import CLAIM_MS
from bot.port import Envelope
from bot.turns import ATTEMPTS, KILLS
from services.db.machine import Conversation, Inbox
from tests.kit import toy
from tests.kit.databases import new_database
from tests.machine.rooms import Room


async def test_an_update_is_answered(room: Room) -> None:
    await room.hears("1", "chào")
    await room.works()
    assert room.said("1") == ["Xin chào", "Nghe: chào", "Đã nghe 1"]
    assert [row.state for row in await room.inbox()] == ["done"]


async def test_the_same_event_twice_is_answered_once(room: Room) -> None:
    for _ in range(3):
        await room.hears("1", "chào", event="same")
    await room.works()
    await room.hears("1", "chào", event="same")
    await room.works()
    assert len(await room.inbox()) == 1
    assert room.said("1").count("Nghe: chào") == 1


async def test_one_chat_is_taken_in_order_and_many_chats_together(room: Room) -> None:
    for number in range(5):
        for chat in ("a", "b", "c"):
            await room.hears(chat, f"tin {number}")
    await room.works()
    for chat in ("a", "b", "c"):
        assert [line for line in room.said(chat) if line.startswith("Nghe")] == [f"Nghe: tin {n}" for n in range(5)]


async def test_a_broken_turn_is_tried_again_and_its_neighbours_do_not_suffer(room: Room) -> None:
    toy.BREAKS["hỏng"] = 2  # once among the others, once alone
    await room.hears("1", "hỏng")
    for chat in ("2", "3", "4"):
        await room.hears(chat, "lành")
    await room.works()
    for chat in ("2", "3", "4"):
        assert room.said(chat) == ["Xin chào", "Nghe: lành", "Đã nghe 1"]
    assert room.said("1") == []
    room.clock.tick(seconds=5)
    await room.works()
    assert room.said("1") == ["Xin chào", "Nghe: hỏng", "Đã nghe 1"]


async def test_after_the_last_attempt_the_person_gets_an_apology_and_the_operator_the_update(room: Room) -> None:
    toy.BREAKS["hỏng"] = 99
    await room.hears("1", "hỏng")
    await room.hears("1", "sau đó")
    for _ in range(ATTEMPTS + 1):
        await room.works()
        room.clock.tick(seconds=5)
    await room.works()
    first, second = await room.inbox()
    assert (first.state, first.attempts, first.reason) == ("dead", ATTEMPTS, "RuntimeError")
    assert room.said("1")[0] == f"<apology> incident={first.incident}"
    assert "Nghe: sau đó" in room.said("1")
    assert second.state == "done"


async def test_nothing_of_a_broken_turn_is_left(room: Room) -> None:
    await room.hears("1", "một")
    await room.works()
    toy.BREAKS["hỏng"] = 2
    await room.hears("1", "hỏng")
    await room.works()
    room.clock.tick(seconds=5)
    await room.works()
    assert room.said("1")[-1] == "Đã nghe 2", "the count of the undone turn did not stay"


async def test_an_update_that_kills_the_process_is_not_tried_for_ever(room: Room) -> None:
    await room.hears("1", "chết")

    def killed(session: Session) -> None:
        session.execute(update(Inbox).values(attempts=KILLS))  # each claim counted, no turn ever finished

    await room.threads.write(killed)
    await room.works()
    (row,) = await room.inbox()
    assert (row.state, row.reason) == ("dead", "killed")
    assert room.said("1") == [f"<apology> incident={row.incident}"]


async def test_a_claim_of_a_dead_process_runs_out(room: Room) -> None:
    await room.hears("1", "chào")
    now = int(room.clock.now().timestamp() * 1000)

    def hold(session: Session) -> None:
        session.add(
            Conversation(channel="phone", account="default", chat="1", created_ms=now, claimed_until_ms=now + CLAIM_MS)
        )

    await room.threads.write(hold)
    await room.works()
    assert room.said("1") == []
    room.clock.tick(seconds=CLAIM_MS / 1000 + 1)
    await room.works()
    assert "Nghe: chào" in room.said("1")


async def test_nonsense_is_put_aside_with_a_reason(room: Room) -> None:
    for number, raw in enumerate(
        (b"null", b"[1]", b'{"no": "kind"}', b'{"kind": "text", "chat": "9", "private": false}')
    ):
        await room.journal.add("phone", "default", Envelope(f"n{number}", "9"), raw)
    await room.journal.add("gone", "default", Envelope("g", "9"), b"{}")
    await room.works()
    assert [(row.state, row.reason) for row in await room.inbox()] == [
        ("aside", "no-meaning"), ("aside", "no-meaning"), ("aside", "no-meaning"), ("aside", "group"),
        ("aside", "no-account"),
    ]  # fmt: skip


async def test_a_number_typed_before_the_question_arrived_does_not_answer_it(room: Room) -> None:
    await room.hears("1", "chào")
    await room.works()
    sent = int(room.clock.now().timestamp() * 1000)
    await room.hears("1", "1", event="quick", at=sent - 1)
    await room.works()
    assert room.said("1")[-2:] == ["<question-newer>", "Đã nghe 1"]
    await room.hears("1", "1", event="same-instant", at=sent)
    await room.works()
    assert room.said("1")[-1] == "Tên là gì?"


async def test_names_that_no_database_takes_are_cleaned(room: Room) -> None:
    await room.journal.add(
        "phone",
        "default",
        Envelope("a\x00b", "c\x00d"),
        msgspec.json.encode({"kind": "text", "chat": "cd", "text": "x"}),
    )
    await room.works()
    assert [row.event_id for row in await room.inbox()] == ["ab"]


async def test_two_processes_share_the_lanes_and_no_turn_happens_twice(url: str, tmp_path: Path) -> None:
    first, second = await Room(url, tmp_path).opens(), await Room(url, tmp_path).opens()
    second.clock = first.clock
    try:
        for number in range(40):
            await first.hears(f"c{number % 8}", f"tin {number}")
        for _ in range(60):
            done = await first.turns.step() + await second.turns.step()
            if not done:
                break
        await first.works()
        rows = await first.inbox()
        assert {row.state for row in rows} == {"done"}
        assert {row.attempts for row in rows} == {1}
        heard = [line for chat in range(8) for line in first.said(f"c{chat}") if line.startswith("Nghe")]
        assert sorted(heard) == sorted(f"Nghe: tin {n}" for n in range(40))
    finally:
        first.close()
        second.close()


async def test_the_spool_bridges_a_database_that_is_away(tmp_path: Path) -> None:
    room = await Room(new_database("sqlite", tmp_path), tmp_path).opens()
    try:
        await room.threads.write(lambda session: session.execute(text("ALTER TABLE inbox RENAME TO away")))
        body = msgspec.json.encode({"kind": "text", "chat": "1", "text": "chào"})
        await room.journal.add("phone", "default", Envelope("s1", "1"), body, may_spool=True)
        await room.threads.write(lambda session: session.execute(text("ALTER TABLE away RENAME TO inbox")))
        assert await room.journal.drain_spool() == 1
        assert await room.journal.drain_spool() == 0
        await room.works()
        assert "Nghe: chào" in room.said("1")
    finally:
        room.close()
