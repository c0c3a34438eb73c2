"""The Official Account in the whole house: consent on the command line, signed events in, answers out."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.zalo_oa_templates import Param, Template
from bot.cli.refusal import Refusal
from bot.cli.zalo_oa import challenge_of, read_answer, verifier_of
from services.db.machine import Inbox, Outbox
from services.db.notices import Notice
from services.db.session import unit
from services.dossiers import lifecycle, opening
from services.dossiers.hand import Hand
from services.dossiers.opening import Filing
from services.dossiers.personal import Person
from services.keys import Keys
from tests.channels.oa_place import USER, Place
from tests.kit.clock import FakeClock
from tests.kit.house import KEY, House, new_database
from tests.twins import ZaloOATwin
from tests.twins.zalo_oa import TEMPLATE_BY_UID
from tests.web.place import served

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def twin(clock: FakeClock) -> AsyncIterator[ZaloOATwin]:
    async with ZaloOATwin(now=lambda: clock.now().timestamp()) as made:
        made.person(USER)
        yield made


@pytest.fixture
async def house(twin: ZaloOATwin, clock: FakeClock, tmp_path: Path) -> AsyncIterator[House]:
    """A house whose only outside channel is the Official Account, out of its settings."""
    made = await House.open(
        new_database("sqlite", tmp_path), tmp_path, {}, clock, zalo_oa_app_id=twin.app_id,
        zalo_oa_app_secret=twin.app_secret, zalo_oa_secret_key=twin.oa_secret, zalo_oa_refresh_token=twin.grant()[1],
        zalo_oa_api_url=twin.url, zalo_oa_oauth_url=twin.url, zalo_zbs_api_url=twin.url, zalo_oa_buttons=True,
    )  # fmt: skip
    yield made
    await made.close()


async def settled(house: House, twin: ZaloOATwin) -> None:
    """All that was posted has been answered, at the pace of the platform."""
    await twin.until_acknowledged()
    for _ in range(8):
        await house.settles()
        house.clock.tick(seconds=2)
    await twin.until_acknowledged()


async def test_a_citizen_asks_and_is_answered(house: House, twin: ZaloOATwin) -> None:
    await house.app.channels["zalo-oa", "default"].start()
    async with served(house.app.site()) as address:
        twin.webhook_url, twin.body_style, twin.duplicates = f"{address}/hooks/zalo-oa", "spaced", 2
        twin.user_says(USER, "làm giấy khai sinh cho con cần gì")
        await settled(house, twin)
        first = len(twin.sent(USER))
        assert first >= 1
        shown = next(sent for sent in reversed(twin.sent(USER)) if twin.buttons(sent.message_id))
        twin.user_taps(USER, shown.message_id, twin.buttons(shown.message_id)[0]["payload"])
        await settled(house, twin)
        assert len(twin.sent(USER)) > first
        said = len(twin.sent(USER))
        twin.staff_types(USER, "Chào bà")
        twin.user_sees(USER, shown.message_id)
        await settled(house, twin)
        assert len(twin.sent(USER)) == said  # neither echoes nor receipts are answered
        twin.user_unfollows(USER)
        await settled(house, twin)
    with Session(house.app.db.reading) as session:
        rows = session.scalars(select(Inbox)).all()
        assert {row.state for row in rows} <= {"done", "aside"}
        sent = session.scalars(select(Outbox)).all()
        assert {row.state for row in sent} == {"sent"}
        assert any(row.delivered_ms for row in sent)  # the platform said so, and it is kept
    events = {event["event_name"] for event in twin.events}
    assert len(rows) == len(twin.events) // 2  # each event came twice
    assert events >= {"user_send_text", "oa_send_text", "user_received_message", "user_seen_message", "unfollow"}


async def test_news_after_seven_days_go_by_the_offices_template(house: House, twin: ZaloOATwin) -> None:
    channel = house.app.channels["zalo-oa", "default"]
    twin.template("352101", "code", "status")
    channel.templates = {"dossier-status": Template("352101", {"code": Param(30), "status": Param(30, clip=True)})}
    await channel.start()
    code = "H99.15-261120-0009"
    async with served(house.app.site()) as address:
        twin.webhook_url, twin.body_style = f"{address}/hooks/zalo-oa", "spaced"
        with unit(house.app.db) as session:
            hand = Hand(session, house.app.keys, "staff:1", house.clock.now())
            person = Person(phone="0912345678")
            opening.create(hand, Filing(code=code, procedure_code="1.001193", agency_code="H99.15", applicant=person))
        for words in (code, "1", "5678"):
            twin.user_says(USER, words)
            await settled(house, twin)
        consulted = len(twin.sent(USER))
        house.clock.tick(days=8)
        with unit(house.app.db) as session:
            lifecycle.transition(Hand(session, house.app.keys, "staff:1", house.clock.now()), code, 4)
        await settled(house, twin)
        news = twin.sent(USER)[consulted:]
        assert [sent.method for sent in news] == [TEMPLATE_BY_UID]
        assert news[0].params["template_data"] == {"code": code, "status": "đang xử lý"}
    with Session(house.app.db.reading) as session:
        assert session.scalars(select(Notice)).one().state == "told"


async def test_the_hook_wants_the_signature(house: House, twin: ZaloOATwin) -> None:
    async with served(house.app.site()) as address, aiohttp.ClientSession() as http:
        async with http.post(f"{address}/hooks/zalo-oa", data=b'{"timestamp":"1"}') as response:
            assert response.status == 401
        twin.webhook_url, twin.oa_secret = f"{address}/hooks/zalo-oa", "another"
        twin.user_says(USER, "chào")
        await twin.until(lambda: len(twin.posted) == 1)
    assert twin.posted[0].status == 401


# --- zalo-oa connect --------------------------------------------------------------------------------------------------


def environment(place: Place, **more: str) -> dict[str, str]:
    """The settings of an office that has an app and no tokens yet."""
    settings = {
        "DATABASE_URL": place.url, "DATA_KEY": KEY, "PUBLIC_URL": "https://motcua.example.vn",
        "ZALO_OA_APP_ID": place.twin.app_id, "ZALO_OA_APP_SECRET": place.twin.app_secret,
        "ZALO_OA_API_URL": place.twin.url, "ZALO_OA_OAUTH_URL": place.twin.url,
    }  # fmt: skip
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings, **more}


class Command:
    """`zalo-oa connect` as a process of its own."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self._env, self._folder = env, folder
        self.said, self.complaint, self.status = "", "", -1

    async def __aenter__(self) -> Command:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "zalo-oa", "connect", cwd=self._folder, env=self._env, stdin=pipe, stdout=pipe,
            stderr=pipe,
        )  # fmt: skip
        return self

    async def address(self) -> str:
        """The address that it asks to be opened."""
        assert self._process.stdout is not None
        while not (line := (await self._process.stdout.readline()).decode().strip()).startswith("http"):
            assert line or not self._process.stdout.at_eof()
        return line

    async def pasted(self, answer: str) -> Command:
        """Paste an answer and wait for the end."""
        out, err = await self._process.communicate(f"{answer}\n".encode())
        self.said, self.complaint, self.status = out.decode(), err.decode(), self._process.returncode or 0
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def agree(address: str) -> str:
    """What an admin's browser does: where it ends after she said yes."""
    async with aiohttp.ClientSession() as http, http.get(address, allow_redirects=False) as response:
        return response.headers["Location"]


async def test_the_first_tokens_come_by_consent(place: Place, tmp_path: Path) -> None:
    channel = place.process(refresh_token=None)
    async with Command(environment(place), tmp_path) as command:
        address = await command.address()
        asked = parse_qs(urlsplit(address).query)
        assert asked["redirect_uri"] == ["https://motcua.example.vn"]
        assert len(asked["code_challenge"][0]) == 43
        landed = await agree(address)
        await command.pasted(landed)
    assert (command.status, command.complaint) == (0, "")
    assert f"Trung tâm Phục vụ hành chính công ({place.twin.oa_id})" in command.said
    assert "twin-" not in command.said
    assert place.events() == ["connected"]
    assert (place.row().subject, place.row().generation) == (place.twin.oa_id, 1)
    place.change(ends_ms=1 << 50)  # the command ran by the real clock
    await channel.start()
    assert place.spent() == 1

    async with Command(environment(place), tmp_path) as again:
        assert parse_qs(urlsplit(await again.address()).query)["code_challenge"] == asked["code_challenge"]
        await again.pasted(landed)  # the address of the run before
    assert (again.status, again.said) == (
        1,
        "\nThen paste the address where the browser ended, or only the code in it:\n",
    )
    assert again.complaint == "this address belongs to another run of the command: open the one printed last\n"
    async with Command(environment(place), tmp_path) as spent:
        await spent.address()
        await spent.pasted(parse_qs(urlsplit(landed).query)["code"][0])  # the code itself, which works once
    assert spent.status == 1
    assert spent.complaint.startswith("Zalo refuses the code (oauth-14005): ")
    assert spent.complaint.count("\n") == 1
    assert place.events() == ["connected"]


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"ZALO_OA_APP_SECRET": ""}, "set ZALO_OA_APP_ID and ZALO_OA_APP_SECRET first\n"),
        pytest.param(
            {"PUBLIC_URL": ""}, "the callback address is not known: set PUBLIC_URL or give --callback\n",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {"DATA_KEY": ""}, "DATA_KEY is not set: the tokens are kept under it (openssl rand -base64 32)\n",
            marks=pytest.mark.slow,
        ),
    ],
)  # fmt: skip
async def test_what_is_missing_is_said_in_one_line(
    place: Place, tmp_path: Path, more: dict[str, str], complaint: str
) -> None:
    async with Command(environment(place, **more), tmp_path) as command:
        await command.pasted("")
    assert (command.status, command.said, command.complaint) == (1, "", complaint)


def test_what_can_be_pasted() -> None:
    assert read_answer(" abc-1 \n", "s") == ("abc-1", "")
    assert read_answer("https://a.vn/cb?code=c1&oa_id=5&state=s", "s") == ("c1", "5")
    assert read_answer("https://a.vn/cb?oa_id=5&code=c1", "s") == ("c1", "5")
    for pasted in ("", "two words", "https://a.vn/cb?error=1", "https://a.vn/cb?code=c1&state=t"):
        with pytest.raises(Refusal):
            read_answer(pasted, "s")


def test_the_verifier_is_always_the_same_for_an_app() -> None:
    keys = Keys.read(KEY)
    assert verifier_of(keys, "1") == verifier_of(keys, "1") != verifier_of(keys, "2")
    assert len(verifier_of(keys, "1")) == len(challenge_of(verifier_of(keys, "1"))) == 43
