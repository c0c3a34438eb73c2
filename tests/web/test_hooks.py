"""The hooks: 200 once journalled, a clear refusal otherwise, and never another 5xx."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.web.hooks import LARGEST
from tests.kit.house import fill
from tests.kit.postgres import PostgresServer
from tests.web.place import SECRET, SIGNED, Place, opened

GREETING = b'{"id": "u1", "chat": "1001", "kind": "text", "text": "menu"}'
HEAD = f"POST /hooks/again HTTP/1.1\r\nHost: x\r\nX-Secret: {SECRET}\r\nContent-Length: %d\r\n\r\n".encode()


async def test_an_update_lies_in_the_journal_before_the_platform_is_told(place: Place) -> None:
    answer = await place.post("/hooks/again", data=GREETING, headers=SIGNED)
    assert (answer.status, answer.body) == (200, b"")
    (row,) = await place.inbox()
    assert (row.channel, row.account, row.event_id, row.lane) == ("again", "default", "u1", "again/default/1001")
    assert (row.raw, row.state, row.attempts) == (GREETING, "open", 0)
    assert row.received_ms == int(place.clock.now().timestamp() * 1000)


async def test_an_account_has_a_hook_of_its_own(place: Place) -> None:
    for path in ("/hooks/again/second", "/hooks/again/default"):
        assert (await place.post(path, data=GREETING, headers=SIGNED)).status == 200
    assert [row.account for row in await place.inbox()] == ["second", "default"]


async def test_a_wrong_secret_is_401_and_keeps_nothing(place: Place) -> None:
    for given in (None, "", "wrong", "sécret"):
        headers = {} if given is None else {"X-Secret": given}
        answer = await place.post("/hooks/again", data=GREETING, headers=headers)
        assert (answer.status, answer.error) == (401, "bad-secret")
    assert await place.inbox() == []


NO_JSON = (
    b"", b" ", b"{", b"xin chao", b"\xff\xfe", b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 100_000, b"{}{}", b"\x00",
)  # fmt: skip


async def test_what_is_not_json_is_400_and_keeps_nothing(place: Place) -> None:
    for body in NO_JSON:
        answer = await place.post("/hooks/again", data=body, headers=SIGNED)
        assert (answer.status, answer.error) == (400, "not-json"), body[:20]
    assert await place.inbox() == []


async def test_a_body_that_belies_its_encoding_is_400(place: Place) -> None:
    broken = {**SIGNED, "Content-Encoding": "gzip"}
    assert (await place.post("/hooks/again", data=GREETING, headers=broken)).status == 400
    whole = gzip.compress(GREETING)
    assert (await place.post("/hooks/again", data=whole, headers=broken)).status == 200


async def test_too_large_is_413_by_its_header_before_anything_is_read(place: Place) -> None:
    assert b" 413 " in await place.raw(HEAD % (LARGEST + 1))
    assert await place.inbox() == []


async def test_too_large_is_413_while_it_streams_in(place: Place) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(2 * LARGEST // 65536):
            yield b"x" * 65536

    answer = await place.post("/hooks/again", data=endless(), headers=SIGNED)
    assert (answer.status, answer.error) == (413, "too-large")
    bomb = gzip.compress(b"0" * (8 * LARGEST))
    answer = await place.post("/hooks/again", data=bomb, headers={**SIGNED, "Content-Encoding": "gzip"})
    assert answer.status == 413
    assert await place.inbox() == []


async def test_exactly_one_mebibyte_is_taken(place: Place) -> None:
    body = b'{"id": "big", "chat": "1", "x": "' + b"x" * (LARGEST - 35) + b'"}'
    assert len(body) == LARGEST
    assert (await place.post("/hooks/again", data=body, headers=SIGNED)).status == 200


async def test_an_unknown_account_is_404(place: Place) -> None:
    for path in ("/hooks/nobody", "/hooks/again/third", "/hooks/web", "/hooks/again%00"):
        answer = await place.post(path, data=GREETING, headers=SIGNED)
        assert (answer.status, answer.error) == (404, "unknown-hook")


async def test_only_post_reaches_a_hook(place: Place) -> None:
    answer = await place.get("/hooks/again", headers=SIGNED)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_nonsense_is_journalled_and_put_aside_with_a_reason(place: Place) -> None:
    for body in (b"[]", b"1", b"null", b'"text"', b"{}", b'{"id": "u9"}', b'{"chat": {"a": 1}, "id": [2]}', b"{}"):
        assert (await place.post("/hooks/again", data=body, headers=SIGNED)).status == 200
    rows = await place.inbox()
    assert len(rows) == 7, "the same nonsense twice is one update"
    await place.house.settles()
    assert {(row.state, row.reason) for row in await place.inbox()} == {("aside", "no-meaning")}


async def test_the_same_update_again_is_200_and_no_second_turn(place: Place) -> None:
    for body in (GREETING, GREETING, GREETING.replace(b"menu", b"xin chao")):
        assert (await place.post("/hooks/again", data=body, headers=SIGNED)).status == 200
    answers = await asyncio.gather(
        *(place.post("/hooks/again", data=b'{"id": "u2", "chat": "2"}', headers=SIGNED) for _ in range(20))
    )
    assert {answer.status for answer in answers} == {200}
    rows = await place.inbox()
    assert [(row.event_id, row.raw) for row in rows] == [("u1", GREETING), ("u2", b'{"id": "u2", "chat": "2"}')]


async def test_a_client_that_hangs_up_halfway_harms_nobody(place: Place) -> None:
    port = int(place.url.rsplit(":", 1)[1])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD % 60 + GREETING[:20])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await place.post("/hooks/again", data=GREETING, headers=SIGNED)).status == 200
    assert len(await place.inbox()) == 1


# -- the database is away -------------------------------------------------------------------------------------------


def _hide(session: Session) -> None:
    session.execute(text("ALTER TABLE inbox RENAME TO inbox_away"))


def _show(session: Session) -> None:
    session.execute(text("ALTER TABLE inbox_away RENAME TO inbox"))


def _updates(first: int, last: int) -> Iterable[bytes]:
    return [msgspec.json.encode({"id": f"u{n}", "chat": "1001", "n": n}) for n in range(first, last)]


async def test_without_the_table_503_where_the_platform_retries_else_the_spool(place: Place) -> None:
    app = place.house.app
    await app.threads.write(_hide)
    for body in _updates(1, 4):
        again = await place.post("/hooks/again", data=body, headers=SIGNED)
        assert (again.status, again.error) == (503, "try-again")
        assert (await place.post("/hooks/once", data=body, headers=SIGNED)).status == 200
    assert (await place.post("/hooks/once", data=b'{"id": "u2", "chat": "1001"}', headers=SIGNED)).status == 200
    await app.threads.write(_show)
    assert await place.inbox() == []
    assert await app.journal.drain_spool() == 4
    assert await app.journal.drain_spool() == 0
    rows = await place.inbox()
    assert [(row.channel, row.event_id) for row in rows] == [("once", "u1"), ("once", "u2"), ("once", "u3")]
    assert [row.raw for row in rows] == list(_updates(1, 4))
    assert not list((app.settings.state_dir / "spool").iterdir())


async def test_503_only_when_the_spool_fails_too(place: Place) -> None:
    app = place.house.app
    (app.settings.state_dir / "spool").write_text("in the way")
    await app.threads.write(_hide)
    answer = await place.post("/hooks/once", data=GREETING, headers=SIGNED)
    assert (answer.status, answer.error) == (503, "try-again")
    await app.threads.write(_show)
    assert (await place.post("/hooks/once", data=GREETING, headers=SIGNED)).status == 200


async def test_a_killed_postgresql_and_its_return(tmp_path: Path) -> None:
    with PostgresServer() as server:
        url = server.fresh_database()
        fill(url)
        async with opened(tmp_path, url=url) as place:
            assert (await place.post("/hooks/again", data=GREETING, headers=SIGNED)).status == 200
            server.kill()
            for body in _updates(2, 5):
                assert (await place.post("/hooks/again", data=body, headers=SIGNED)).status == 503
                assert (await place.post("/hooks/once", data=body, headers=SIGNED)).status == 200
            ready = await place.get("/health/ready")
            assert (ready.status, ready.json["database"]) == (503, False)
            assert (await place.get("/metrics")).status == 200
            assert (await place.post("/chat/sessions")).error == "try-again"
            server.start()
            for body in _updates(2, 5):
                assert (await place.post("/hooks/again", data=body, headers=SIGNED)).status == 200
            assert await place.house.app.journal.drain_spool() == 3
            rows = await place.inbox()
            assert sorted((row.channel, row.event_id) for row in rows) == sorted(
                [("again", "u1"), *((name, f"u{n}") for name in ("again", "once") for n in (2, 3, 4))]
            )
            assert (await place.get("/health/ready")).status == 200
            place.house.url = ""  # the server goes with its data
