"""Requests that nobody would write by hand, over real HTTP: whatever comes, no 5xx, and a refusal is a clear one."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.patience import PATIENCE
from tests.web.place import SECRET, Answer, hooks, served

OFTEN = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
TEXT = st.text(max_size=300)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
TOKEN = st.sampled_from(["right", "wrong", "none"])


class Background:
    """A served house with an event loop in a thread of its own, so that plain blocking tests can ask it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._begun, self._over = folder, threading.Event(), asyncio.Event()
        self.port, self.token = 0, ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._run()))
        self._thread.start()
        assert self._begun.wait(PATIENCE)
        self.token = json.loads(self.ask("POST", "/chat/sessions").body)["token"]

    async def _run(self) -> None:
        clock = FakeClock()
        self.house = await House.open(new_database("sqlite", self._folder), self._folder, hooks(clock), clock)
        async with served(self.house.app.site()) as url:
            self.port = int(url.rsplit(":", 1)[1])
            self._begun.set()
            await self._over.wait()
        await self.house.close()

    def close(self) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE)
        self._loop.close()

    def settles(self) -> None:
        """All turns are taken and delivered."""
        asyncio.run_coroutine_threadsafe(self.house.settles(5000), self._loop).result(PATIENCE)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            return Answer(answer.status, answer.read(), dict(answer.getheaders()))
        finally:
            line.close()

    def bearer(self, kind: str) -> dict[str, str]:
        """The header that lets a session in, or does not."""
        tokens = {"right": {"Authorization": f"Bearer {self.token}"}, "wrong": {"Authorization": "Bearer nobody"}}
        return tokens.get(kind, {})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Background]:
    made = Background(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.close()


def is_fine(answer: Answer, *statuses: int) -> None:
    """One of `statuses`; a refusal says its key and why."""
    assert answer.status in statuses, (answer.status, answer.body[:200])
    if answer.status >= 400:
        assert answer.error


@OFTEN
@given(q=TEXT, field=TEXT, limit=st.integers(-5, 300).map(str) | TEXT)
def test_searching_procedures(server: Background, q: str, field: str, limit: str) -> None:
    words = {"q": q, "field": field, "limit": limit}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in words.items())
    answer = server.ask("GET", f"/api/v1/procedures?{query}")
    is_fine(answer, 200, 400)
    if answer.status == 200:
        assert len(answer.json["procedures"]) <= int(limit)


@OFTEN
@given(code=TEXT.filter(bool))
def test_one_procedure(server: Background, code: str) -> None:
    is_fine(server.ask("GET", f"/api/v1/procedures/{quote(code, safe='')}"), 200, 404)


@OFTEN
@given(body=JSON, token=TOKEN)
def test_any_json_as_a_message(server: Background, body: Any, token: str) -> None:
    answer = server.ask("POST", "/chat/messages", json.dumps(body).encode(), **server.bearer(token))
    is_fine(answer, 400 if token == "right" else 401)


@OFTEN
@given(id=st.text(max_size=120), what=st.sampled_from(["text", "tap"]), value=st.text(max_size=2000))
def test_any_message_of_the_right_shape(server: Background, id: str, what: str, value: str) -> None:
    body = json.dumps({"id": id, what: value}, ensure_ascii=False).encode()
    answer = server.ask("POST", "/chat/messages", body, **server.bearer("right"))
    is_fine(answer, 202 if 0 < len(id) <= 100 else 400)


@OFTEN
@given(body=st.binary(max_size=400), kind=st.sampled_from(["application/json", "multipart/form-data", "text/plain"]))
def test_any_bytes_as_a_message(server: Background, body: bytes, kind: str) -> None:
    headers = {"Content_Type": kind + ("; boundary=a" if "multipart" in kind else ""), **server.bearer("right")}
    is_fine(server.ask("POST", "/chat/messages", body, **headers), 400)


@OFTEN
@given(lines=st.lists(st.sampled_from(
    [b"--a", b"--a--", b"", b"x", b"\xff", b'Content-Disposition: form-data; name="id"', b"Content-Type: text/plain",
     b'Content-Disposition: form-data; name="file"; filename="a.jpg"', b"Content-Encoding: gzip", b"Content-Length: 3",
     b"Content-Transfer-Encoding: base64", b"Content-Type: multipart/mixed; boundary=b", b"--b", b"--b--"]
), max_size=14))  # fmt: skip
def test_any_form(server: Background, lines: list[bytes]) -> None:
    headers = {"Content_Type": "multipart/form-data; boundary=a", **server.bearer("right")}
    is_fine(server.ask("POST", "/chat/messages", b"\r\n".join(lines), **headers), 202, 400)


@OFTEN
@given(after=TEXT, token=TOKEN)
def test_any_number_to_fetch_after(server: Background, after: str, token: str) -> None:
    answer = server.ask("GET", f"/chat/messages?after={quote(after, safe='')}", **server.bearer(token))
    is_fine(answer, *((200, 400) if token == "right" else (401,)))


@OFTEN
@given(locale=TEXT, office=TEXT)
def test_any_language(server: Background, locale: str, office: str) -> None:
    answer = server.ask("GET", f"/chat/strings?locale={quote(locale, safe='')}&office={quote(office, safe='')}")
    is_fine(answer, 200)


@OFTEN
@given(channel=TEXT, account=TEXT, body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_hook(server: Background, channel: str, account: str, body: bytes) -> None:
    path = f"/hooks/{quote(channel, safe='')}/{quote(account, safe='')}"
    is_fine(server.ask("POST", path, body, X_Secret=SECRET), 404, 405)
    is_fine(server.ask("POST", "/hooks/again", body, X_Secret=SECRET), 200, 400)


@OFTEN
@given(method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]), path=TEXT)
def test_any_path(server: Background, method: str, path: str) -> None:
    answer = server.ask(method, "/" + quote(path, safe="/?&="), b"")
    assert answer.status in (200, 400, 404, 405)
    if answer.status >= 400 and method != "HEAD":
        assert answer.error


def test_and_all_that_was_journalled_is_answered(server: Background) -> None:
    server.settles()
    answer = server.ask("GET", "/metrics")
    assert b'motcua_dead{table="inbox"} 0.0' in answer.body
    assert b"motcua_inbox_open 0.0" in answer.body
    assert b'motcua_turn_failures_total{given_up="no"}' not in answer.body
