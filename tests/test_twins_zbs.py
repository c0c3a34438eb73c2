"""Template messages of the Official Account twin: by phone, by user id, receipts, ratings, and each refusal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.twins import Fault, VirtualTime, ZaloOATwin
from tests.twins.receiver import Receiver
from tests.twins.zalo_oa import TEMPLATE_BY_PHONE, TEMPLATE_BY_UID

PHONE = "84987654321"
DATA = {"code": "H45.15-261121-0001", "status": "Đã có kết quả"}


class Sender:
    """Sends template messages with a good token."""

    def __init__(self, twin: ZaloOATwin, http: aiohttp.ClientSession) -> None:
        self.twin, self.http = twin, http
        self.headers = {"access_token": twin.grant()[0]}

    async def post(self, path: str, body: Any) -> Any:
        async with self.http.post(self.twin.url + path, json=body, headers=self.headers) as response:
            return json.loads(await response.read())

    async def get(self, path: str, **query: str) -> Any:
        async with self.http.get(self.twin.url + path, params=query, headers=self.headers) as response:
            return json.loads(await response.read())

    async def phone(self, **change: Any) -> Any:
        body = {"phone": PHONE, "template_id": "7", "template_data": DATA, "tracking_id": "hs-1-9-1"}
        return await self.post(TEMPLATE_BY_PHONE, body | change)

    async def uid(self, **change: Any) -> Any:
        return await self.post(TEMPLATE_BY_UID, {"user_id": "u1", "template_id": "7", "template_data": DATA} | change)


@pytest.fixture
def clock() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
async def twin(clock: VirtualTime) -> AsyncIterator[ZaloOATwin]:
    async with ZaloOATwin(now=clock.now, sleep=clock.sleep) as twin:
        twin.person("u1", interacted=None)
        twin.template("7", "code", "status", longest=30, kind=5)
        twin.phone(PHONE)
        yield twin


@pytest.fixture
async def sender(twin: ZaloOATwin) -> AsyncIterator[Sender]:
    async with aiohttp.ClientSession() as http:
        yield Sender(twin, http)


async def test_by_phone_is_delivered_later_and_rated_without_a_user_id(
    twin: ZaloOATwin, sender: Sender, clock: VirtualTime
) -> None:
    async with Receiver() as app:
        twin.webhook_url = app.url
        twin.delivery_after = 60.0
        answer = await sender.phone()
        message_id = answer["data"]["msg_id"]
        assert answer["data"]["quota"] == {"dailyQuota": "500", "remainingQuota": "499"}
        assert (await sender.get("/message/quota"))["data"] == {"dailyQuota": 500, "remainingQuota": 499}
        assert (await sender.get("/message/status", message_id=message_id))["data"]["status"] == 0
        await twin.until(lambda: clock.sleepers)
        await clock.advance(60)
        await twin.until_acknowledged()
        assert (await sender.get("/message/status", message_id=message_id))["data"]["status"] == 1
        assert (await sender.get("/message/status", message_id="lạ"))["data"]["status"] == -1
        receipt = app.got[0]
        assert (receipt.json()["event_name"], receipt.headers["X-ZEvent-Server"]) == ("user_received_message", "ZNS")
        assert receipt.json()["message"] == {
            "delivery_time": str(int(clock.now() * 1000)),
            "msg_id": message_id,
            "tracking_id": "hs-1-9-1",
        }
        twin.user_rates(message_id, 2, "Chờ lâu", ("Thời gian",))
        await twin.until_acknowledged()
        event = app.got[1].json()
        assert {key for key in event if "user" in key} == set()
        assert (event["event_name"], event["message"]["rate"], event["oa_id"]) == ("user_feedback", 2, twin.oa_id)
        span = {"from_time": "0", "to_time": str(int(clock.now() * 1000))}
        listed = await sender.post(f"/rating/get?template_id=7&from_time=0&to_time={span['to_time']}", {})
        assert listed == await sender.get("/rating/get", template_id="7", **span)
        assert [(row["rate"], row["trackingId"]) for row in listed["data"]["data"]] == [(2, "hs-1-9-1")]
    assert twin.last(PHONE).text == "code: H45.15-261121-0001 | status: Đã có kết quả"


async def test_by_hash_and_by_user_id(twin: ZaloOATwin, sender: Sender) -> None:
    digest = hashlib.sha256(PHONE.encode()).hexdigest()
    assert digest == "116ce31ae9170769b075a11dedca1198f41d30318334919fb90917e9c617b438"
    body = {"hash_phone": digest, "template_id": "7", "template_data": DATA, "tracking_id": "t"}
    assert (await sender.post("/message/template/hashphone", body))["error"] == 0
    answer = await sender.uid()
    assert set(answer["data"]) == {"message_id", "user_id", "sent_time", "quota"}
    twin.user_rates(answer["data"]["message_id"], 5)
    assert "tracking_id" not in twin.events[-1]["message"]
    twin.templates["7"].by_uid = False
    assert (await sender.uid())["error"] == -249
    assert (await sender.uid(user_id="người lạ"))["error"] == -213
    with pytest.raises(KeyError):
        twin.user_rates("lạ", 5)


async def test_each_refusal(twin: ZaloOATwin, sender: Sender, clock: VirtualTime) -> None:
    template = twin.templates["7"]
    assert (await sender.phone(phone="0987654321"))["error"] == -108
    assert (await sender.phone(phone="84000000001"))["error"] == -118
    assert (await sender.phone(template_id="8"))["error"] == -109
    assert (await sender.phone(template_data="x"))["error"] == -112
    assert (await sender.phone(tracking_id="x" * 49))["error"] == -112
    assert (await sender.phone(template_data={"code": "x"}))["error"] == -1122
    assert (await sender.phone(template_data=DATA | {"status": "x" * 31}))["error"] == -1121
    assert (await sender.phone(mode="development"))["error"] == -127
    twin.phone(PHONE, admin=True)
    assert (await sender.phone(mode="development"))["error"] == 0
    twin.phone(PHONE, refuses=True)
    assert (await sender.phone())["error"] == -114
    twin.phone(PHONE)
    template.status = "PENDING_REVIEW"
    assert (await sender.phone())["error"] == -131
    template.status = "DISABLE"
    assert (await sender.phone())["error"] == -146
    template.status = "ENABLE"
    template.daily_left = 0
    assert (await sender.phone())["error"] == -147
    template.daily_left = None
    twin.wallet = 0
    assert (await sender.phone())["error"] == -115
    twin.wallet, twin.remaining_quota = 5, 0
    assert (await sender.phone())["error"] == -144
    twin.remaining_quota, template.night = 5, False
    assert (await sender.phone())["error"] == 0
    await clock.advance(14 * 3600)  # from eight in the morning to ten at night
    assert (await sender.phone())["error"] == -133
    for fault, code in ((Fault.blocked(), -114), (Fault.unauthorized(), -124), (Fault.ok_false(), -100)):
        twin.next(TEMPLATE_BY_PHONE, fault)
        assert (await sender.phone())["error"] == code


async def test_templates_describe_themselves(twin: ZaloOATwin, sender: Sender) -> None:
    listed = await sender.get("/template/all", offset="0", limit="100")
    assert [row["templateId"] for row in listed["data"]] == ["7"]
    info = (await sender.get("/template/info/v2", template_id="7"))["data"]
    assert [(row["name"], row["require"], row["maxLength"]) for row in info["listParams"]] == [
        ("code", True, 30),
        ("status", True, 30),
    ]
    assert (await sender.get("/template/info/v2", template_id="8"))["error"] == -109
