"""The API of dossiers: keys and scopes, idempotence, refusals with keys, receipts, and its own description."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zxingcpp
from PIL import Image

from services import api_keys
from services.db.following import OwnerRead
from tests.kit.databases import Foreign
from tests.web.place import Answer, Place, opened

FILED = {
    "procedure_code": "1.001193",
    "agency_code": "H99.15",
    "applicant_name": "Người Nộp",
    "applicant_phone": "0912345678",
}


class Program:
    """Another program of the office, with a key."""

    def __init__(self, place: Place, key: str) -> None:
        self.place, self.headers = place, {"Authorization": f"Bearer {key}"}

    @classmethod
    async def with_scopes(cls, place: Place, *scopes: Any) -> Program:
        now = place.clock.now()
        key = await place.house.app.threads.write(
            lambda session: api_keys.create(session, "-".join(scopes), list(scopes), now)
        )
        assert isinstance(key, str)
        return cls(place, key)

    async def post(self, path: str, **body: Any) -> Answer:
        return await self.place.post(path, data=msgspec.json.encode(body), headers=self.headers)

    async def get(self, path: str) -> Answer:
        return await self.place.get(path, headers=self.headers)


def read(answer: Answer) -> Any:
    return msgspec.json.decode(answer.body)


async def test_a_dossier_is_filed_read_and_moved_on(place: Place) -> None:
    program = await Program.with_scopes(place, "read", "write")
    filed = await program.post("/api/v1/dossiers", **FILED, due_at="2026-12-01T10:00:00Z")
    assert filed.status == 201
    code = read(filed)["code"]
    assert code == "H99.15-261120-0001"
    seen = read(await program.get(f"/api/v1/dossiers/{code}"))
    assert (seen["status"], seen["due_at"], seen["applicant_phone"]) == (2, "2026-12-01T10:00:00Z", "•••5678")
    moved = await program.post(f"/api/v1/dossiers/{code}/events", event_id="e1", status=4, note="Chuyển chuyên môn")
    again = await program.post(f"/api/v1/dossiers/{code}/events", event_id="e1", status=4)
    assert (moved.status, again.status) == (201, 200)
    assert read(moved)["seq"] == read(again)["seq"] == 2
    assert read(await program.get("/api/v1/dossiers?status=4"))["dossiers"][0]["code"] == code
    assert read(await program.get("/api/v1/dossiers?status=9"))["dossiers"] == []
    assert read(await program.get("/api/v1/dossiers?due_before=2026-12-02T00:00:00Z"))["dossiers"][0]["code"] == code


async def test_refusals_have_a_key_and_the_right_status(place: Place) -> None:
    program = await Program.with_scopes(place, "read", "write")
    code = read(await program.post("/api/v1/dossiers", **FILED))["code"]
    for path, body, status, key in (
        ("", {**FILED, "code": code}, 409, "dossier-exists"),
        ("", {"agency_code": "H99.15"}, 400, "bad-body"),
        ("", {**FILED, "procedure": "x"}, 400, "bad-body"),
        ("", {**FILED, "due_at": "2026-12-01T10:00:00"}, 400, "bad-body"),
        ("", {**FILED, "due_at": "9999-12-31T23:59:59-12:00"}, 400, "bad-body"),
        (f"/{code}/events", {"event_id": "a", "status": 4, "due_at": "9999-12-31T23:59:59-12:00"}, 400, "bad-body"),
        (f"/{code}/events", {"event_id": "a", "status": 4, "due_at": "0001-01-01T00:00:00+14:00"}, 400, "bad-body"),
        (f"/{code}/events", {"event_id": "a", "status": 1}, 409, "transition-impossible"),
        (f"/{code}/events", {"event_id": "a", "status": 11}, 400, "bad-body"),
        (f"/{code}/events", {"event_id": "a", "status": 4, "occurred_at": "2027-01-01T00:00:00Z"}, 400, "time-future"),
        (
            f"/{code}/events",
            {"event_id": "a", "status": 4, "occurred_at": "2020-01-01T00:00:00Z"},
            400,
            "before-receipt",
        ),
        ("/H00-000000-0000/events", {"event_id": "a", "status": 4}, 404, "dossier-unknown"),
    ):
        refused = await program.post(f"/api/v1/dossiers{path}", **body)
        assert (refused.status, read(refused)["error"]) == (status, key), path
    for query in ("status=x", "status=11", "limit=0", "due_before=gestern", "due_before=9999-12-31T23:59:59-12:00"):
        assert (await program.get(f"/api/v1/dossiers?{query}")).status == 400, query


async def test_a_date_is_moved_to_a_later_day_once(place: Place) -> None:
    program = await Program.with_scopes(place, "read", "write")
    code = read(await program.post("/api/v1/dossiers", **FILED, due_at="2026-12-01T10:00:00Z"))["code"]

    async def moved(number: int, day: str, status: int = 4) -> tuple[int, str, int]:
        """The answer: its status, the key of the refusal or the date that holds, and how often it was moved."""
        said = await program.post(
            f"/api/v1/dossiers/{code}/events", event_id=f"e{number}", status=status, due_at=f"2026-12-{day}T10:00:00Z"
        )
        shown = read(said)
        return said.status, str(shown.get("error") or shown["due_at"])[:14], shown.get("extensions", -1)

    assert await moved(1, "03") == (201, "2026-12-03T10:", 1)
    assert await moved(2, "04") == (409, "extension-used", -1)
    assert await moved(2, "04", 9) == (409, "extension-used", -1)
    assert read(await program.get(f"/api/v1/dossiers/{code}"))["status"] == 4
    assert await moved(1, "04") == (200, "2026-12-03T10:", 1)  # said before
    assert await moved(3, "02") == (201, "2026-12-02T10:", 1)  # a correction to an earlier day
    assert await moved(4, "03") == (409, "extension-used", -1)
    assert await moved(5, "02", 5) == (201, "2026-12-02T10:", 1)  # the same day, with papers asked for
    assert await moved(6, "10", 5) == (409, "extension-used", -1)
    assert await moved(7, "10") == (201, "2026-12-10T10:", 1)  # they came: the clock had stood
    assert await moved(8, "11") == (409, "extension-used", -1)


async def test_keys_open_only_what_their_scopes_say(place: Place) -> None:
    reader = await Program.with_scopes(place, "read")
    assert (await reader.post("/api/v1/dossiers", **FILED)).status == 403
    assert (await reader.get("/api/v1/dossiers")).status == 200
    for key in ("", "mc_wrong", "mc_\udcff"):
        answer = await place.get(
            "/api/v1/dossiers", headers={"Authorization": f"Bearer {key}"} if key.isascii() else {}
        )
        assert (answer.status, read(answer)["error"]) == (401, "no-key")
    await place.house.app.threads.write(lambda session: api_keys.revoke(session, "read", place.clock.now()))
    assert (await reader.get("/api/v1/dossiers")).status == 401


async def test_names_only_with_the_scope_people_and_every_opening_is_written_down(place: Place) -> None:
    writer = await Program.with_scopes(place, "read", "write")
    code = read(await writer.post("/api/v1/dossiers", **FILED))["code"]
    people = await Program.with_scopes(place, "read", "people")
    assert read(await people.get(f"/api/v1/dossiers/{code}"))["applicant_name"] == "Người Nộp"
    assert "Người Nộp" not in (await writer.get(f"/api/v1/dossiers/{code}")).body.decode()
    opened = await place.house.app.threads.read(lambda session: session.query(OwnerRead).all())
    assert [(row.asker, row.way) for row in opened] == [("api:read-people", "api")]


@pytest.mark.parametrize("kind", ["png", "pdf"])
async def test_a_receipt_is_printed_and_its_qr_leads_to_a_page(place: Place, kind: str) -> None:
    program = await Program.with_scopes(place, "read", "write")
    code = read(await program.post("/api/v1/dossiers", **FILED))["code"]
    made = await program.post(f"/api/v1/dossiers/{code}/receipts")
    assert made.status == 201
    address = read(made)[f"url_{kind}"].removeprefix(place.url)
    file = await program.get(address)
    assert file.status == 200
    assert (await place.get(address)).status == 401
    if kind == "png":
        found = zxingcpp.read_barcodes(Image.open(io.BytesIO(file.body)))
        page = await place.get(found[0].text.removeprefix(place.url))
        assert read(made)["code"] in page.body.decode()
        assert (await program.get(address)).status == 200, "looking spends nothing"
    else:
        assert file.body.startswith(b"%PDF")
    assert (await program.post("/api/v1/dossiers/nothing/receipts")).status == 404


async def test_the_count_book_adds_up(place: Place) -> None:
    program = await Program.with_scopes(place, "read", "write")
    await program.post("/api/v1/dossiers", **FILED)
    counted = read(await program.get("/api/v1/reports/counts?from=2026-11-01&to=2026-11-30&by=agency"))
    assert counted["difference"] == 0
    assert (await program.get("/api/v1/reports/counts?from=2026-11-30&to=2026-11-01")).status == 400
    assert (await program.get("/api/v1/reports/counts?from=x")).status == 400


async def test_the_api_describes_every_route_it_has(place: Place) -> None:
    described = read(await place.get("/api/v1/openapi.json"))
    known = {
        (route.method.lower(), route.resource.canonical)
        for route in place.house.app.site().router.routes()
        if route.resource and route.resource.canonical.startswith("/api/v1/") and route.method != "HEAD"
    }
    told = {(verb, path) for path, verbs in described["paths"].items() for verb in verbs}
    files = {("get", "/api/v1/openapi.json"), ("get", "/api/v1/docs"), ("get", "/api/v1/receipts/{name}")}
    assert known - files == told
    assert b"/api/v1/dossiers" in (await place.get("/api/v1/docs")).body


async def test_a_row_that_another_program_forgot_to_let_go_of_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with opened(tmp_path, kind="postgresql") as place:
        program = await Program.with_scopes(place, "read", "write")
        code = read(await program.post("/api/v1/dossiers", **FILED))["code"]
        foreign = Foreign(place.house.app.db)
        try:
            foreign.execute("SELECT code FROM dossiers WHERE code = ? FOR UPDATE", [code])
            answers = await asyncio.gather(
                *(program.post(f"/api/v1/dossiers/{code}/events", event_id="e1", status=4) for _ in range(2))
            )
            assert [(answer.status, answer.error) for answer in answers] == [(503, "try-again")] * 2
            foreign.commit()
            again = await program.post(f"/api/v1/dossiers/{code}/events", event_id="e1", status=4)
            assert (again.status, read(again)["seq"]) == (201, 2)
        finally:
            foreign.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_is_sent_many_times_at_once_happens_once(tmp_path: Path, kind: str) -> None:
    async with opened(tmp_path, kind=kind) as place:
        program = await Program.with_scopes(place, "read", "write")
        filed = await asyncio.gather(*(program.post("/api/v1/dossiers", **FILED, code="X-1") for _ in range(6)))
        assert sorted(one.status for one in filed) == [201, *[409] * 5]
        assert {one.error for one in filed if one.status == 409} == {"dossier-exists"}
        moved = await asyncio.gather(
            *(program.post("/api/v1/dossiers/X-1/events", event_id="e1", status=4) for _ in range(6))
        )
        assert sorted(one.status for one in moved) == [*[200] * 5, 201]
        assert {read(one)["seq"] for one in moved} == {2}


async def test_the_steps_of_a_dossier_are_planned_shown_and_moved_on(place: Place) -> None:
    program = await Program.with_scopes(place, "read", "write")
    code = read(await program.post("/api/v1/dossiers", **FILED, due_at="2026-12-01T10:00:00Z"))["code"]
    path = f"/api/v1/dossiers/{code}"
    assert read(await program.get(path))["steps"] == []
    land = {"name": "Thẩm định", "agency_code": "H99.15.CA", "due_at": "2026-11-20T10:00:00Z"}
    chair = {"name": "Trình ký", "agency_code": "H99.15"}
    planned = await program.post(f"{path}/steps", steps=[land, chair])
    again = await program.post(f"{path}/steps", steps=[land, chair])
    assert (planned.status, again.status) == (201, 200)
    assert read(planned) == read(again)
    began = read(planned)["steps"][0]["started_at"]
    await program.post(f"{path}/events", event_id="e1", status=4, holder="H99.15.CA")
    place.clock.tick(days=1)
    first = read(await program.get(path))["steps"][0]
    assert first == {**land, "started_at": began, "done_at": None, "late": True}
    for _ in range(2):
        await program.post(f"{path}/events", event_id="e2", status=4, holder="H99.15")
    first, second = read(await program.get(path))["steps"]
    assert first["done_at"] == second["started_at"]
    assert (first["late"], second["late"], second["due_at"], second["done_at"]) == (True, False, None, None)
    await program.post(f"{path}/events", event_id="e3", status=9)
    assert read(await program.get(path))["steps"][1]["done_at"] is not None


async def test_steps_that_cannot_be_planned(place: Place) -> None:
    program = await Program.with_scopes(place, "read", "write")
    code = read(await program.post("/api/v1/dossiers", **FILED, due_at="2026-12-01T10:00:00Z"))["code"]
    step = {"name": "Thẩm định", "agency_code": "H99.15"}
    for path, body, status, key in (
        ("/H00-000000-0000", {"steps": [step]}, 404, "dossier-unknown"),
        (f"/{code}", {"steps": [{**step, "due_at": "2026-12-01T10:00:01Z"}]}, 409, "step-after-due"),
        (f"/{code}", {"steps": [{**step, "due_at": "2026-11-01T10:00:00Z"}]}, 400, "due-before-receipt"),
        (f"/{code}", {"steps": [{**step, "due_at": "2026-12-01T10:00:00"}]}, 400, "bad-body"),
        (f"/{code}", {"steps": [{**step, "due_at": "9999-12-31T23:59:59-12:00"}]}, 400, "bad-body"),
        (f"/{code}", {"steps": []}, 400, "bad-body"),
        (f"/{code}", {"steps": [step] * 51}, 400, "bad-body"),
        (f"/{code}", {"steps": [{"name": "Thẩm định"}]}, 400, "bad-body"),
        (f"/{code}", {"steps": [{**step, "name": "  "}]}, 400, "bad-body"),
        (f"/{code}", {"steps": [{**step, "name": "a\x00b"}]}, 400, "bad-body"),
        (f"/{code}", {"steps": [{**step, "who": "x"}]}, 400, "bad-body"),
        (f"/{code}", {}, 400, "bad-body"),
    ):
        refused = await program.post(f"/api/v1/dossiers{path}/steps", **body)
        assert (refused.status, read(refused)["error"]) == (status, key), body
    assert read(await program.get(f"/api/v1/dossiers/{code}"))["steps"] == []
    reader = await Program.with_scopes(place, "read")
    assert (await reader.post(f"/api/v1/dossiers/{code}/steps", steps=[step])).status == 403
    await program.post(f"/api/v1/dossiers/{code}/events", event_id="e1", status=8, note="Dừng")
    assert (await program.post(f"/api/v1/dossiers/{code}/steps", steps=[step])).error == "transition-impossible"
