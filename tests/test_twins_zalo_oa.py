"""The Official Account twin over plain HTTP: consent and tokens, consultation messages, uploads, the signed webhook."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import unicodedata
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.twins import Fault, VirtualTime, ZaloOATwin
from tests.twins.clients import OAClient
from tests.twins.zalo_oa import CONSULT, OAUTH

USER = "246845883529197922"
DAY = 24 * 3600


@pytest.fixture
def clock() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
async def twin(clock: VirtualTime) -> AsyncIterator[ZaloOATwin]:
    async with ZaloOATwin(now=clock.now, sleep=clock.sleep) as twin:
        twin.person(USER)
        yield twin


@pytest.fixture
async def client(twin: ZaloOATwin) -> AsyncIterator[OAClient]:
    async with aiohttp.ClientSession() as http:
        yield OAClient(twin, http)


async def test_consent_with_pkce_gives_the_first_tokens_once(
    twin: ZaloOATwin, client: OAClient, clock: VirtualTime
) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {"app_id": twin.app_id, "redirect_uri": "https://a.vn/cb", "code_challenge": challenge, "state": "x"}
    async with client.http.get(f"{twin.url}/v4/oa/permission", params=query, allow_redirects=False) as response:
        back = urlsplit(response.headers["Location"])
    answer = parse_qs(back.query)
    assert (response.status, back.netloc, answer["oa_id"], answer["state"]) == (302, "a.vn", [twin.oa_id], ["x"])
    form = {"grant_type": "authorization_code", "code": answer["code"][0], "code_verifier": verifier}
    assert (await client.oauth(secret="sai", **form))["error"] < -14000
    first = await client.oauth(**form)
    assert (first["expires_in"], set(first)) == ("90000", {"access_token", "refresh_token", "expires_in"})
    assert set(await client.oauth(**form)) == {"error", "error_name", "error_reason", "ref_doc"}
    wrong = await client.oauth(**form | {"code": twin.consent(challenge), "code_verifier": "w" * 43})
    assert wrong["error"] < -14000
    late = twin.consent(challenge)
    await clock.advance(601)
    assert (await client.oauth(**form | {"code": late}))["error"] < -14000


async def test_a_refresh_token_works_once_and_rotates_even_when_the_answer_is_lost(
    twin: ZaloOATwin, client: OAClient, clock: VirtualTime
) -> None:
    second = await client.refresh(client.refresh_token)
    assert (await client.refresh(client.refresh_token))["error"] < -14000
    assert twin.refresh_state(client.refresh_token) == "spent"
    twin.next(OAUTH, Fault.drop_after())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.refresh(second["refresh_token"])
    assert twin.refresh_state(second["refresh_token"]) == "spent"
    assert (await client.refresh(second["refresh_token"]))["error"] < -14000
    _, third = twin.grant()
    twin.next(OAUTH, Fault.rate_limited())
    assert (await client.refresh(third))["error"] == -32
    assert twin.refresh_state(third) == "fresh"
    await clock.advance(91 * DAY)
    assert twin.refresh_state(third) == "expired"
    assert twin.refresh_state("lạ") == "unknown"


async def test_access_tokens_go_in_their_own_header_and_grow_old(
    twin: ZaloOATwin, client: OAClient, clock: VirtualTime
) -> None:
    assert (await client.consult({"text": "x"}))["error"] == 0
    bearer = {"Authorization": f"Bearer {client.token}"}
    async with client.http.post(twin.url + CONSULT, json={}, headers=bearer) as response:
        assert (response.status, (await response.json())["error"]) == (200, -216)
    await clock.advance(25 * 3600)
    assert (await client.consult({"text": "x"}))["error"] == -220
    assert (await client.get("/message/quota"))["error"] == -124
    client.token, _ = twin.grant()
    assert (await client.consult({"text": "x"}))["error"] == 0
    twin.revoke()
    assert (await client.consult({"text": "x"}))["error"] == -216


async def test_the_window_of_a_consultation_message(twin: ZaloOATwin, client: OAClient, clock: VirtualTime) -> None:
    free = await client.consult({"text": "miễn phí"})
    assert free["data"]["quota"] == {"quota_type": "reply", "remain": "8", "total": "8"}
    twin.person("muộn", interacted=3 * DAY)
    billed = await client.consult({"text": "tính tiền"}, "muộn")
    assert twin.billed == [billed["data"]["message_id"]]
    twin.with_quota = False
    twin.person("lâu", interacted=7 * DAY + 1)
    twin.person("chưa", interacted=None)
    for user in ("lâu", "chưa"):
        assert (await client.consult({"text": "x"}, user))["error"] == -230
    twin.too_late = -232
    assert (await client.consult({"text": "x"}, "lâu"))["error"] == -232
    twin.user_sees("lâu", "m1")
    assert (await client.consult({"text": "x"}, "lâu"))["error"] == -232
    twin.user_says("lâu", "tôi đây")
    assert "quota" not in (await client.consult({"text": "x"}, "lâu"))["data"]
    assert (await client.consult({"text": "x"}, "người lạ"))["error"] == -213
    twin.user_unfollows(USER)
    assert (await client.consult({"text": "x"}))["error"] == -213
    twin.user_follows(USER)
    twin.user_blocks(USER)
    assert (await client.consult({"text": "x"}))["error"] == -244
    twin.user_unblocks(USER)
    assert (await client.consult({"text": "x"}))["error"] == 0


def buttons(count: int, payload: Any = "#tracuu", kind: str = "oa.query.show") -> Any:
    rows = [{"title": f"Nút {n}", "type": kind, "payload": payload} for n in range(count)]
    return {"text": "Chọn", "attachment": {"type": "template", "payload": {"buttons": rows}}}


async def test_messages_are_measured(twin: ZaloOATwin, client: OAClient) -> None:
    composed = "ộ" * 2000
    for fine in (
        {"text": composed},
        {"text": unicodedata.normalize("NFD", composed)},
        buttons(5),
        buttons(1, {"url": "https://a.vn"}, "oa.open.url"),
    ):
        assert (await client.consult(fine))["error"] == 0
    media = {"template_type": "media", "elements": [{"media_type": "image", "attachment_id": "none"}]}
    for wrong in (
        {"text": composed + "x"},
        {"text": " "},
        buttons(6),
        buttons(1, "x" * 1001),
        buttons(1, "x", "oa.open.url"),
        buttons(1, "x", "postback"),
        {"text": "x", "attachment": {"type": "template", "payload": media}},
        {"attachment": {"type": "template", "payload": {"template_type": "request_user_info", "elements": []}}},
        "x",
    ):
        assert (await client.consult(wrong))["error"] == -201
    twin.takes_buttons = False
    assert (await client.consult(buttons(1)))["error"] == -201
    dead = {"recipient": {"user_id": USER}, "message": {"text": "x"}}
    for path in ("/v3.0/oa/message/transaction", "/v3.0/oa/message/promotion", "/v2.0/oa/message"):
        assert (await client.post(path, dead))["error"] == -240
    react = {"recipient": {"user_id": USER}, "sender_action": {"react_icon": "/-strong", "react_message_id": "m"}}
    assert (await client.post("/v2.0/oa/message", react))["error"] == 0


async def test_files_are_uploaded_and_die_after_seven_days(
    twin: ZaloOATwin, client: OAClient, clock: VirtualTime
) -> None:
    async def upload(kind: str, name: str, data: bytes) -> Any:
        form = aiohttp.FormData(quote_fields=False)  # or the name arrives percent-encoded
        form.add_field("file", io.BytesIO(data), filename=name)
        headers = {"access_token": client.token}
        async with client.http.post(f"{twin.url}/v2.0/oa/upload/{kind}", data=form, headers=headers) as response:
            return json.loads(await response.read())

    token = (await upload("file", "giấy.pdf", b"%PDF"))["data"]["token"]
    message = {"attachment": {"type": "file", "payload": {"token": token}}}
    assert (await client.consult(message))["error"] == 0
    file = twin.last(USER).file
    assert file is not None
    assert (file.name, file.data) == ("giấy.pdf", b"%PDF")
    image = (await upload("image", "qr.png", b"\x89PNG"))["data"]["attachment_id"]
    element = {"media_type": "image", "attachment_id": image}
    payload = {"template_type": "media", "elements": [element]}
    assert (await client.consult({"text": "QR", "attachment": {"type": "template", "payload": payload}}))["error"] == 0
    assert (await upload("file", "a.exe", b"MZ"))["error"] == -201
    assert (await upload("image", "a.png", b"x" * (2**20 + 1)))["error"] == -210
    await clock.advance(7 * DAY + 1)
    client.token, _ = twin.grant()
    twin.user_says(USER, "còn đây")
    assert (await client.consult(message))["error"] == -100


async def test_reading_back(twin: ZaloOATwin, client: OAClient) -> None:
    twin.user_says(USER, "một")
    await client.consult({"text": "hai"})
    detail = await client.get("/v3.0/oa/user/detail", data=json.dumps({"user_id": USER}))
    assert detail["data"]["user_last_interaction_date"] == "26/11/2026"
    assert (await client.get("/v3.0/oa/user/detail", data="{"))["error"] == -201
    recent = await client.get("/v2.0/oa/conversation", data=json.dumps({"user_id": USER, "offset": 0, "count": 10}))
    assert [(item["src"], item["message"]) for item in recent["data"]] == [(0, "hai"), (1, "một")]
    assert (await client.get("/v2.0/oa/listrecentchat", data='{"offset":0,"count":11}'))["error"] == -210
    assert (await client.get("/v2.0/oa/getoa"))["data"]["oaid"] == twin.oa_id
    assert (await client.post("/v3.0/oa/quota/message", {"user_id": USER}))["data"]["cs_reply"]["total"] == 8
    assert (await client.get("/v2.0/oa/nothing"))["error"] == 404
    twin.per_minute, twin.enforce_rate = 0, True
    async with client.http.get(f"{twin.url}/v2.0/oa/getoa", headers={"access_token": client.token}) as response:
        assert ((await response.json())["error"], response.headers["X-RateLimit-Remain"]) == (-32, "0")
