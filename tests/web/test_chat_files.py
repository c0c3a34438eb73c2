"""Files sent on the chat page, and the page while the database is away."""

from __future__ import annotations

import io

import aiohttp
from sqlalchemy import text

from bot.web.chat import LARGEST_FILE
from tests.web.guest import Guest
from tests.web.place import Place


def form(**fields: bytes | str) -> aiohttp.FormData:
    made = aiohttp.FormData()
    for name, value in fields.items():
        if isinstance(value, bytes):
            made.add_field(name, value, filename="giấy khai sinh.jpg", content_type="image/jpeg")
        else:
            made.add_field(name, value)
    return made


async def test_a_file_nobody_asked_for_is_answered(place: Place, guest: Guest) -> None:
    for _ in range(2):
        answer = await place.post("/chat/messages", data=form(id="f1", file=b"\xff\xd8\xff"), headers=guest.headers)
        assert (answer.status, answer.body) == (202, b"{}")
    await place.house.settles()
    assert [message["text"] for message in await guest.reads()][1].startswith("Hiện chưa cần gửi ảnh hay tệp")
    assert len(await guest.reads()) == 3


async def test_a_file_too_large_is_413(place: Place, guest: Guest) -> None:
    large = form(id="f1")
    large.add_field("file", io.BytesIO(b"x" * (LARGEST_FILE + 1)), filename="a.jpg")
    answer = await place.post("/chat/messages", data=large, headers=guest.headers)
    assert (answer.status, answer.error) == (413, "file-too-large")
    assert await place.inbox() == []


async def test_a_form_that_lacks_something_is_refused(place: Place, guest: Guest) -> None:
    for fields in ({"id": "f1"}, {"file": b"x"}, {"id": "", "file": b"x"}, {"id": "x" * 101, "file": b"x"}, {"a": "b"}):
        answer = await place.post("/chat/messages", data=form(**fields), headers=guest.headers)
        assert (answer.status, answer.error) == (400, "bad-message")


PART = b'--a\r\nContent-Disposition: form-data; name="id"\r\n'


BROKEN = (
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=" + "a" * 100, b"x"),
    ("multipart/form-data; boundary=a", b""),
    ("multipart/form-data; boundary=a", b"x"),
    ("multipart/form-data; boundary=a", b"--a\r\nnot a header\r\n\r\nx\r\n--a--"),
    ("multipart/form-data; boundary=a", PART + b"\r\nx"),
    ("multipart/form-data; boundary=a", PART + b"\r\n\xff\xfe\r\n--a--\r\n"),
    ("multipart/form-data; boundary=a", PART + b"Content-Length: -5\r\n\r\nx\r\n--a--\r\n"),
    ("multipart/form-data; boundary=a", PART + b"Content-Transfer-Encoding: base64\r\n\r\n!\r\n--a--\r\n"),
    ("multipart/form-data; boundary=a", b"--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n--a--\r\n"),
)


async def test_a_broken_form_is_400(place: Place, guest: Guest) -> None:
    for kind, body in BROKEN:
        answer = await place.post("/chat/messages", data=body, headers=guest.headers | {"Content-Type": kind})
        assert (answer.status, answer.error) == (400, "bad-message"), body


# -- the database is away -------------------------------------------------------------------------------------------


async def test_a_message_is_spooled_while_the_journal_is_away(place: Place, guest: Guest) -> None:
    await guest.says("menu")
    app = place.house.app
    await app.threads.write(lambda session: session.execute(text("ALTER TABLE inbox RENAME TO inbox_away")))
    assert (await guest.sends({"id": "late", "text": "lịch làm việc"})).status == 202
    await app.threads.write(lambda session: session.execute(text("ALTER TABLE inbox_away RENAME TO inbox")))
    assert await app.journal.drain_spool() == 1
    await place.house.settles()
    assert (await guest.reads())[-1]["text"].startswith("Lịch làm việc của")


async def test_everything_else_is_503_while_the_database_is_away(place: Place, guest: Guest) -> None:
    app = place.house.app
    await app.threads.write(lambda session: session.execute(text("ALTER TABLE web_sessions RENAME TO away")))
    place.clock.tick(hours=1)
    for method, path in (("POST", "/chat/sessions"), ("GET", "/chat/messages"), ("POST", "/chat/end")):
        answer = await place.ask(method, path, headers=guest.headers)
        assert (answer.status, answer.error) == (503, "try-again")
