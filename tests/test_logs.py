"""Logs: what happened and where, never what a person wrote, who she is, or a secret of ours."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from bot.dialog.engine import Dialog
from bot.logs import JsonLines, Plain, set_up
from handlers import book
from tests.kit.clock import FakeClock
from tests.kit.house import KEY, House, new_database
from tests.kit.phone import Phone
from tests.web.place import served

NAME, NUMBER, CHAT, TOKEN = "Người Dân Thử", "0912345678", "84500017", "123456789:AAabcdefghijklmnopqrstuvwxyz01234567"
WORDS = f"Tôi là {NAME}, số {NUMBER}, căn cước 001199000123"
PERSONAL = (NAME, NUMBER, "001199000123", CHAT, TOKEN, TOKEN.split(":")[1], KEY, "a-web-token")


@dataclass
class Heard:
    """Everything that was logged, in both forms."""

    json: io.StringIO
    text: io.StringIO

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines."""
        return [json.loads(line) for line in self.json.getvalue().splitlines()]

    def is_clean(self) -> bool:
        """Nothing personal in either form, and one line an event."""
        both = self.json.getvalue() + self.text.getvalue()
        assert len(self.text.getvalue().splitlines()) == len(self.lines)
        return not [
            told for told in PERSONAL if told in both or told in both.encode().decode("unicode_escape", "replace")
        ]


@pytest.fixture
def heard() -> Iterator[Heard]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    made = Heard(io.StringIO(), io.StringIO())
    set_up("json")
    for stream, form in ((made.json, JsonLines()), (made.text, Plain())):
        handler = logging.StreamHandler(stream)
        handler.setFormatter(form)
        root.addHandler(handler)
    root.removeHandler(root.handlers[0])
    yield made
    root.handlers[:], root.level = before, level


def raises() -> None:
    raise ValueError(f"{WORDS} ({TOKEN})")


@dataclass
class Wrapped:
    """Raises inside code that was made at run time, which lies in no file."""

    text: str

    def __post_init__(self) -> None:
        raises()


# -- whole turns ----------------------------------------------------------------------------------------------------


async def test_a_turn_that_breaks_says_where_and_not_about_what(heard: Heard, tmp_path: Path) -> None:
    clock = FakeClock()
    phone = Phone("telegram", clock)
    house = await House.open(new_database("sqlite", tmp_path), tmp_path, {("phone", "default"): phone}, clock)

    def breaks(talk: Any, said: str) -> Any:
        talk.services.session.execute(text("SELECT * FROM no_such_table WHERE name = :name"), {"name": said})

    whole = book.dialog()
    house.app.turns.taking.dialog = Dialog(whole.flows, (), whole.home, breaks, whole.start, whole.greet, whole.locales)
    for _ in range(4):
        await house.hears(phone, CHAT, event_id=f"e-{NUMBER}", kind="text", text=WORDS)
        await house.settles()
        clock.tick(minutes=1)
    await house.close()
    assert heard.is_clean()
    broke = [line for line in heard.lines if line["event"] == "turn broke"]
    assert len(broke) == 3
    assert re.fullmatch(r"OperationalError at (\S+ > )*tests/test_logs.py:\d+ > \S+:\d+", broke[0]["error"])
    assert set(broke[0]) == {"at", "level", "from", "event", "incident", "attempt", "inbox", "error"}
    assert broke[-1]["incident"] in phone.pages[-1][1].text, "the apology carries the code that the log has"


async def test_a_request_that_breaks_says_its_route_and_no_address(heard: Heard, tmp_path: Path) -> None:
    clock = FakeClock()
    house = await House.open(new_database("sqlite", tmp_path), tmp_path, {}, clock)
    house.app.library = None  # type: ignore[assignment]
    async with served(house.app.site()) as url, aiohttp.ClientSession() as http:
        for path in ("/api/v1/procedures", f"/chat/{NUMBER}", f"/hooks/telegram/{TOKEN}"):
            async with http.get(f"{url}{path}?q={NAME}", headers={"Authorization": "Bearer a-web-token"}) as response:
                await response.read()
    await house.close()
    assert heard.is_clean()
    broke = [line for line in heard.lines if line["event"] == "a request broke"]
    assert [line["route"] for line in broke] == ["<PlainResource  /api/v1/procedures>"]


# -- single lines ---------------------------------------------------------------------------------------------------


def test_an_exception_prints_its_type_and_places_only(heard: Heard) -> None:
    log = logging.getLogger("motcua.test")
    for broken in (raises, lambda: Wrapped(WORDS), lambda: eval("raises()"), lambda: {}[WORDS]):  # noqa: S307
        try:
            broken()  # type: ignore[no-untyped-call]
        except Exception:
            log.exception("it broke")
    try:
        try:
            raises()
        except ValueError as error:
            raise KeyError(NAME) from error
    except KeyError:
        log.exception("it broke again")
    assert heard.is_clean()
    assert [line["error"].split(" at ")[0] for line in heard.lines] == ["ValueError"] * 3 + ["KeyError"] * 2
    assert all("tests/test_logs.py:" in line["error"] for line in heard.lines)


def test_only_known_fields_are_written_and_only_plain_values(heard: Heard) -> None:
    log = logging.getLogger("motcua.test")
    extra = {
        "channel": "web",
        "text": WORDS,
        "name_of": NAME,
        "count": 3,
        "codes": ["1.001193"],
        "reason": f"bot{TOKEN}",
    }
    log.warning("something", extra=extra | {"status": ValueError(WORDS)})
    assert heard.is_clean()
    (line,) = heard.lines
    assert {key: line[key] for key in ("channel", "count", "codes", "status")} == {
        "channel": "web", "count": 3, "codes": ["1.001193"], "status": "ValueError",
    }  # fmt: skip
    assert "text" not in line


@pytest.mark.parametrize(
    "secret",
    [
        f"https://api.telegram.org/bot{TOKEN}/getMe", f"https://bot-api.zaloplatforms.com/bot{TOKEN}/sendMessage",
        TOKEN, f"Bearer {TOKEN}", f"bearer {TOKEN}", f"?access_token={TOKEN}", f"SECRET={TOKEN}", f"key={TOKEN}",
    ],
)  # fmt: skip
def test_a_secret_is_never_written(heard: Heard, secret: str) -> None:
    logging.getLogger("motcua.test").error("calling %s failed", secret, extra={"reason": secret})
    logging.getLogger("some.library").error(f"calling {secret} failed")
    assert heard.is_clean()
    assert "•••" in heard.lines[0]["event"]


async def test_what_libraries_say_is_cut_to_what_they_fixed_beforehand(heard: Heard) -> None:
    log = logging.getLogger("some.library")
    log.warning("could not serve %s of %s", CHAT, NAME)
    log.error(f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{WORDS}')>")

    async def fails() -> None:
        raises()

    asyncio.get_running_loop().call_exception_handler({"message": "it failed", "exception": ValueError(WORDS)})
    task = asyncio.ensure_future(fails())
    await asyncio.wait([task])
    del task
    assert heard.is_clean()
    events = [line["event"] for line in heard.lines]
    assert events[:3] == ["could not serve %s of %s", "Task exception was never retrieved", "it failed"]


def test_quiet_libraries_stay_quiet_and_ours_speak(heard: Heard) -> None:
    for name in ("httpx", "aiogram.event", "zaloHTTPXRequest", "aiohttp.access", "alembic.runtime.migration"):
        logging.getLogger(name).warning("GET https://api.telegram.org/bot%s/getMe", TOKEN)
    logging.getLogger("motcua.test").info("begun")
    logging.getLogger("motcua.test").debug("too fine")
    assert [line["event"] for line in heard.lines] == ["begun"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", heard.lines[0]["at"])
    assert heard.text.getvalue().split(" ", 1)[1] == "INFO    begun\n"


def test_a_line_that_cannot_be_made_prints_nothing_instead(heard: Heard, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("motcua.test").error("%d of them", WORDS)
    assert capsys.readouterr().err == ""
    assert heard.json.getvalue() == ""
