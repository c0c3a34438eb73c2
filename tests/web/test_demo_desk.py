"""The demo's desk: an officer's chat for a browser on this machine, and for nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.desk import Staff
from services.db.machine import Meta
from services.desk import cards, staff, trial
from tests.web.place import Place, opened, served

HERE = {"Host": "localhost:8080"}
ELSEWHERE = [
    {"Host": "motcua.example"}, {"Host": "motcua.example:8080"}, {"Host": "127.0.0.1.motcua.example"}, {"Host": ""},
    {"Host": "localhost", "Origin": "https://motcua.example"}, {"Host": "localhost", "Origin": "null"},
    {"Host": "localhost", "X-Forwarded-For": "127.0.0.1"}, {"Host": "localhost", "Forwarded": "for=127.0.0.1"},
]  # fmt: skip


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Place]:
    async with opened(tmp_path) as place:
        place.house.app.demo = True
        await place.house.app.threads.write(lambda session: session.add(Meta(key="demo", value="yes")))
        async with served(place.house.app.site()) as url:
            place.url = url
            yield place


async def comes(demo: Place) -> dict[str, str]:
    answer = await demo.post("/demo/desk/sessions", json={}, headers=HERE)
    assert answer.status == 201
    return HERE | {"Authorization": f"Bearer {answer.json['token']}"}


async def read(demo: Place, token: dict[str, str]) -> list[str]:
    await demo.house.settles()
    answer = await demo.get("/demo/desk/messages", headers=token)
    return [message["text"].split("\n")[0] for message in answer.json["messages"]]


async def test_a_card_appears_there_and_is_claimed_by_a_press(demo: Place) -> None:
    token, now = await comes(demo), demo.clock.now()

    def opened_card(session: Session) -> int:
        return cards.open_card(session, now, "complaint", "PA-261120-0001", "H99.15")

    card = await demo.house.app.threads.write(opened_card)
    assert await read(demo, token) == [f"Việc {card}: phản ánh PA-261120-0001 cần trả lời"]
    answer = await demo.get("/demo/desk/messages", headers=token)
    tap = next(one["tap"] for one in answer.json["messages"][0]["choices"] if one["label"] == "Nhận")
    assert (await demo.post("/demo/desk/messages", headers=token, json={"id": "1", "tap": tap})).status == 202
    assert (await read(demo, token))[1] == f"Đã nhận việc {card}."
    owner = await demo.read(lambda session: cards.owner_of(session, "complaint", "PA-261120-0001"))
    assert await demo.read(lambda session: staff.by_id(session, owner).role) == "head"


@pytest.mark.parametrize("headers", ELSEWHERE)
async def test_for_a_browser_on_this_machine_alone(demo: Place, headers: dict[str, str]) -> None:
    answer = await demo.post("/demo/desk/sessions", json={}, headers=headers)
    assert (answer.status, answer.error) == (403, "demo-is-local")
    token = await comes(demo)
    for path in ("/demo/desk/messages", "/demo/desk/stream"):
        assert (await demo.get(path, headers=token | headers)).status == 403
    for path in ("/demo/desk/messages", "/demo/desk/end"):
        assert (await demo.post(path, json={}, headers=token | headers)).status == 403
    assert len(await demo.read(lambda session: session.scalars(select(Staff)).all())) == 1


async def test_only_the_newest_pages_stay_bound(demo: Place) -> None:
    for _ in range(trial.KEPT + 2):
        await comes(demo)
    found = await demo.read(lambda session: staff.of_agency(session))
    assert len(found) == trial.KEPT


async def test_without_the_mark_of_a_demo_nobody_is_bound(tmp_path: Path) -> None:
    async with opened(tmp_path) as place:
        assert (await place.post("/demo/desk/sessions", json={}, headers=HERE)).status == 404
        place.house.app.demo = True
        async with served(place.house.app.site()) as url:
            place.url = url
            answer = await place.post("/demo/desk/sessions", json={}, headers=HERE)
        assert (answer.status, answer.error) == (403, "demo-only")
        assert await place.read(lambda session: staff.of_agency(session)) == []
