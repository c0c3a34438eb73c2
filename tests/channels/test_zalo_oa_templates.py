"""Template messages: the office's file, what fits a template, phones, tracking ids, and what Zalo gets of it."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from bot.channels.zalo_oa_templates import BadTemplates, Param, Template, load, phone_of, tracking_id
from bot.port import SendFailed
from tests.channels.oa_place import USER, Place, started
from tests.twins import Fault
from tests.twins.zalo_oa import TEMPLATE_BY_PHONE

OFFICE_FILE = """
[dossier-ready]
template_id = 352101
params = { code = 30, name = { max = 10, clip = true }, place = { max = 200, required = false } }

[rating]
template_id = "352102"
by_uid = false
params = ["code"]
"""


def test_the_offices_file(tmp_path: Path) -> None:
    toml, as_json = tmp_path / "zbs.toml", tmp_path / "zbs.json"
    toml.write_text(OFFICE_FILE)
    ready = Template("352101", {"code": Param(30), "name": Param(10, clip=True), "place": Param(200, required=False)})
    assert load(str(toml)) == {"dossier-ready": ready, "rating": Template("352102", {"code": Param()}, by_uid=False)}
    as_json.write_text(json.dumps({"rating": {"template_id": "1"}}))
    assert load(str(as_json)) == {"rating": Template("1", {})}
    assert load("") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\nparams = {}", "a: template_id is missing"),
        ("[a]\ntemplate_id = true", "a: template_id is missing"),
        ("[a]\ntemplate_id = 1\ncolour = 2", "a: template_id, params and by_uid are expected"),
        ("a = 1", "a: template_id, params and by_uid are expected"),
        ("[a]\ntemplate_id = 1\nby_uid = 'x'", "a: by_uid is true or false"),
        ("[a]\ntemplate_id = 1\nparams = 3", "a: params is a table or a list"),
        ("[a]\ntemplate_id = 1\nparams = { b = 'x' }", "a.b: a length, or max, min, required and clip are expected"),
        ("[a]\ntemplate_id = 1\nparams = { b = 0 }", "a.b: max and min are lengths in characters"),
        ("[a]\ntemplate_id = 1\nparams = { b = { max = 3, min = 4 } }", "a.b: max and min are lengths"),
        ("[a]\ntemplate_id = 1\nparams = { b = { clip = 1 } }", "a.b: required and clip are true or false"),
        ("[a", "ZALO_ZBS_TEMPLATES: "),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "zbs.toml"
    path.write_text(text)
    with pytest.raises(BadTemplates, match=r"ZALO_ZBS_TEMPLATES") as caught:
        load(str(path))
    assert said in str(caught.value)
    with pytest.raises(BadTemplates, match="cannot be read"):
        load(str(tmp_path / "nothing"))


def test_values_that_fit_and_that_do_not() -> None:
    template = Template("1", {"name": Param(5, shortest=2), "note": Param(4, required=False, clip=True)})
    composed = unicodedata.normalize("NFD", "Hiếế")
    assert template.values({"name": composed, "other": "x"}) == {"name": "Hiếế"}
    assert template.values({"name": " a\n b ", "note": "dài lắm"}) == {"name": "a b", "note": "dài…"}
    wrong = {"": "missing", " ": "missing", "123456": "long", "1": "short"}
    for name, reason in wrong.items():
        with pytest.raises(SendFailed, match=f"refused: {reason}-param"):
            template.values({"name": name})


def test_phones_in_every_way_of_writing() -> None:
    for number in ("0912345678", "+84912345678", "84912345678", "0084 912.345.678", "(091) 234-5678", "912345678"):
        assert phone_of(number) == "84912345678"
    for number in ("", "•••5678", "091234567", "09123456789", "+1 202 555 0100", "một hai ba", "٠912345678"):
        with pytest.raises(SendFailed, match="refused: bad-phone"):
            phone_of(number)


def test_tracking_ids_are_the_same_for_the_same_and_fit() -> None:
    assert tracking_id("H45.15-261121-0001", "ready", 2) == "hs-H45.15-261121-0001-ready-2"
    long = [tracking_id("H45.15-261121-0001", "a-very-long-name-of-an-event-indeed", n) for n in (1, 2, 1)]
    assert len(set(long)) == 2
    assert max(map(len, long)) == 48
    assert tracking_id("Hồ sơ", "x") != tracking_id("Hố sơ", "x")
    assert tracking_id("Hồ sơ", "x").isascii()


async def test_what_zalo_gets(place: Place) -> None:
    twin = place.twin
    ready, by_phone_only = Template("11", {"code": Param(30), "name": Param(10)}), Template("12", {}, by_uid=False)
    channel = await started(place, templates={"ready": ready, "sms": by_phone_only})
    twin.template("11", "code", "name", longest=30)
    twin.phone("84912345678")
    data = {"code": "H45-1", "name": unicodedata.normalize("NFD", "Nguyễn Hiế"), "more": "x"}
    by_phone = await channel.send_template_by_phone("0912 345 678", "ready", data, tracking_id("H45-1", "ready"))
    by_uid = await channel.send_template_by_uid(USER, "ready", data)
    assert (by_phone.message_id, by_uid.message_id) == tuple(sent.message_id for sent in twin.sent())
    assert by_phone.at_ms == by_uid.at_ms == int(place.clock.now().timestamp() * 1000)
    first, second = twin.sent()
    assert first.params["template_data"] == {"code": "H45-1", "name": "Nguyễn Hiế"}
    assert (first.params["phone"], first.params["tracking_id"]) == ("84912345678", "hs-H45-1-ready-1")
    assert set(second.params) == {"user_id", "template_id", "template_data"}
    calls = len(twin.calls)
    for attempt, reason in (
        (channel.send_template_by_uid(USER, "nothing", data), "no-template"),
        (channel.send_template_by_uid(USER, "sms", data), "no-uid"),
        (channel.send_template_by_uid(USER, "ready", {}), "missing-param"),
        (channel.send_template_by_phone("•••5678", "ready", data, "hs-1"), "bad-phone"),
        (channel.send_template_by_phone("0912345678", "ready", data, "x" * 49), "bad-tracking-id"),
    ):
        with pytest.raises(SendFailed, match=f"refused: {reason}"):
            await attempt
    assert len(twin.calls) == calls  # nothing left the house


async def test_a_token_that_only_templates_refuse_is_renewed_too(place: Place) -> None:
    channel = await started(place, templates={"ready": Template("11", {})})
    place.twin.template("11")
    place.twin.phone("84912345678")
    place.twin.next(TEMPLATE_BY_PHONE, Fault.error(-124, "Access token is invalid"))
    await channel.send_template_by_phone("0912345678", "ready", {}, "hs-1")
    assert (place.spent(), len(place.twin.sent())) == (2, 1)
