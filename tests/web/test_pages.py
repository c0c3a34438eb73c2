"""Pages, health, numbers, the page's texts, and the open part of the API."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete, update

from bot.cli.serving import load_starter
from services.catalog import store
from services.db import migrate
from services.db.dossiers import OperatorNote
from services.db.machine import Meta
from services.db.session import Database, unit
from services.dossiers.settling import tell_operator
from tests.web.guest import Guest
from tests.web.place import SIGNED, Place, opened, served

ROOT = Path(__file__).parent.parent.parent


# -- health and numbers ---------------------------------------------------------------------------------------------


async def test_a_whole_house_is_alive_and_ready(place: Place) -> None:
    assert ((await place.get("/health/live")).status, (await place.get("/health/live")).json) == (200, {"alive": True})
    ready = await place.get("/health/ready")
    assert ready.status == 200
    assert ready.json == {
        "ready": True, "database": True, "migrated": True, "catalogue": True,
        "channels": {"web/default": "ok", "again/default": "ok", "again/second": "ok", "once/default": "ok"},
    }  # fmt: skip


async def test_without_a_catalogue_it_is_alive_and_not_ready(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/bare.db")
    migrate.upgrade(db)
    async with opened(tmp_path, url=f"sqlite:///{tmp_path}/bare.db") as place:
        assert (await place.get("/health/live")).status == 200
        ready = await place.get("/health/ready")
        assert (ready.status, ready.json["migrated"], ready.json["catalogue"]) == (503, True, False)
        with unit(db) as session:
            load_starter(session)
        assert (await place.get("/health/ready")).status == 200
        await place.house.app.threads.write(lambda session: session.execute(delete(Meta)))
        assert (await place.get("/health/ready")).status == 503
    migrate.downgrade(db)
    db.close()


async def test_what_was_counted_can_be_read_by_a_machine(place: Place) -> None:
    await place.post("/hooks/again", data=b'{"id": "u1"}', headers=SIGNED)
    await place.post("/hooks/again", data=b"no json", headers=SIGNED)
    await (await Guest.comes(place)).says("menu")
    await place.post("/hooks/once", data=b'{"id": "u2"}', headers=SIGNED)
    now = place.house.clock.now()
    await place.house.app.threads.write(lambda session: tell_operator(session, "unreachable", "X1", {}, now))
    answer = await place.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    values = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }
    assert values["motcua_hooks_total", "200", "again"] == 1
    assert values["motcua_hooks_total", "400", "again"] == 1
    assert values["motcua_sends_total", "sent", "web"] == 2
    assert values["motcua_inbox_open",] == 1
    assert values["motcua_dead", "inbox"] == values["motcua_dead", "outbox"] == 0
    assert (values["operator_notes_open", "unreachable"], values["operator_notes_open", "deleted"]) == (1, 0)
    await place.house.app.threads.write(lambda session: session.execute(update(OperatorNote).values(closed_at=now)))
    assert b'operator_notes_open{key="unreachable"} 0.0' in (await place.get("/metrics")).body


# -- every answer ---------------------------------------------------------------------------------------------------


async def test_every_answer_carries_the_safety_headers(place: Place) -> None:
    paths = (
        "/", "/chat", "/static/chat.css", "/static/main.js", "/health/live", "/metrics", "/chat/strings", "/nothing",
        "/chat/messages", "/hooks/again", "/static/../site.py", "/static/", "/api/v1/procedures/x",
    )  # fmt: skip
    for path in paths:
        answer = await place.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, path
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        if answer.status >= 400:
            assert answer.error


async def test_the_pages_hold_nothing_that_their_own_policy_forbids(place: Place) -> None:
    for path in ("/", "/chat"):
        page = (await place.get(path)).body.decode()
        assert "<!doctype html>" in page
        assert 'style="' not in page
        assert "<style" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count('<script type="module" src="/static/')
        assert "http://" not in page
        assert "https://" not in page


async def test_the_demo_shows_the_phone_beside_the_desk(tmp_path: Path, place: Place) -> None:
    plain = (await place.get("/")).body
    assert plain == (await place.get("/chat")).body
    place.house.app.demo = True
    async with served(place.house.app.site()) as place.url:
        assert b'<iframe src="/chat"' in (await place.get("/")).body
        assert (await place.get("/chat")).body == plain


async def test_nothing_outside_the_static_folder_is_served(place: Place) -> None:
    for path in ("/static/%2e%2e/site.py", "/static/..%2fsite.py", "/static//etc/passwd", "/static/%00", "/.env"):
        assert (await place.get(path)).status in (403, 404), path


async def test_an_unknown_path_or_method_is_a_clear_refusal(place: Place) -> None:
    unknown = await place.get("/api/v2/anything")
    assert (unknown.status, unknown.error) == (404, "not-found")
    wrong = await place.ask("DELETE", "/chat/sessions")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST")


# -- texts ----------------------------------------------------------------------------------------------------------


async def test_the_page_gets_its_texts_in_either_language(place: Place) -> None:
    vi, en, other = [(await place.get(f"/chat/strings?locale={name}")).json for name in ("vi", "en", "xx")]
    assert (await place.get("/chat/strings")).json == vi == other
    assert vi.keys() == en.keys()
    assert all(key.startswith("page-") for key in vi)
    assert (vi["page-send"], en["page-send"]) == ("Gửi", "Send")
    assert vi["page-office"] == "Trung tâm Phục vụ hành chính công phường Một Cửa (thử nghiệm)"


# -- procedures -----------------------------------------------------------------------------------------------------


async def test_procedures_are_found_by_words_by_field_and_by_use(place: Place) -> None:
    found = (await place.get("/api/v1/procedures", params={"q": "Đăng ký khai sinh"})).json["procedures"]
    assert found[0]["code"] == "1.001193"
    assert set(found[0]) == {"code", "name", "field", "levels", "approved", "score"}
    assert len(found) <= 20
    in_field = (await place.get("/api/v1/procedures", params={"field": "Hộ tịch", "limit": "100"})).json["procedures"]
    assert {one["field"] for one in in_field} == {"Hộ tịch"}
    both = {"q": "đăng ký khai sinh", "field": "Hộ tịch", "limit": "3"}
    assert [one["field"] for one in (await place.get("/api/v1/procedures", params=both)).json["procedures"]] == [
        "Hộ tịch"
    ] * 3
    assert len((await place.get("/api/v1/procedures?limit=1")).json["procedures"]) == 1
    assert (await place.get("/api/v1/procedures?field=Không+có")).json == {"procedures": []}


async def test_a_parameter_out_of_bounds_is_400(place: Place) -> None:
    for limit in ("0", "101", "-1", "x", "", "1.5", "٣", "9" * 50):
        answer = await place.get("/api/v1/procedures", params={"limit": limit})
        assert (answer.status, answer.error) == (400, "bad-query"), limit


async def test_one_procedure_as_it_is_shown(place: Place) -> None:
    one = (await place.get("/api/v1/procedures/1.001193")).json
    assert (one["code"], one["name"], one["approval"]) == ("1.001193", "Đăng ký khai sinh", None)
    assert len(one["papers"]) > 5
    assert (await place.get("/api/v1/procedures/1.001193.000.00.00.H41")).json == one
    for code in ("9.999999", "x", "1.001193%00", "1.001193' OR 1=1", "１.００１１９３"):
        answer = await place.get(f"/api/v1/procedures/{code}")
        assert (answer.status, answer.error) == (404, "unknown-procedure")


async def test_an_approval_shows_at_once_and_needs_no_restart(place: Place) -> None:
    found = (await place.get("/api/v1/procedures", params={"q": "1.001193"})).json["procedures"][0]
    assert not found["approved"]
    await place.house.app.threads.write(
        lambda session: store.approve(session, ["1.001193"], by="Giám đốc", decision_no="01/QĐ", now=place.clock.now())
    )
    found = (await place.get("/api/v1/procedures", params={"q": "1.001193"})).json["procedures"][0]
    assert found["approved"]
    approval = (await place.get("/api/v1/procedures/1.001193")).json["approval"]
    assert approval == {"by": "Giám đốc", "at": "2026-11-20T02:00:00Z", "decision_no": "01/QĐ"}
