"""A twin in a process of its own, and what it knows after a program that sent through it was killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from tests.twins import TWINS, Fault, TwinProcess


def test_a_twin_lives_in_a_process_of_its_own(tmp_path: Path) -> None:
    fault = {"method": "sendPhoto", "kind": "rate_limited", "retry_after": 2}
    with TwinProcess("telegram", record=tmp_path / "calls.jsonl", open_chats=True, faults=(fault,)) as twin:
        assert twin.pid
        update = twin.do("user_says", 101, "xin chào")
        assert update["message"]["text"] == "xin chào"
        twin.do("user_sends_document", 101, b"%PDF-1.7", name="don.pdf")
        assert len(twin.do("pending")) == 2
        twin.do("next", "sendMessage", {"fault": {"kind": "blocked"}})
        twin.set("duplicates", 2)
        assert twin.do("duplicates") == 2
        with pytest.raises(RuntimeError, match="no '_script'"):
            twin.do("_script")
        asyncio.run(_send_three(twin.url))
        assert twin.stats() | {"busiest_second": 0} == {
            "calls": 3,
            "sent": 1,
            "unanswered": 0,
            "pending": 2,
            "violations": 0,
            "busiest_second": 0,
        }
    assert [(call.method, call.status) for call in twin.record()] == [
        ("sendMessage", 403),
        ("sendMessage", 200),
        ("sendPhoto", 429),
    ]


async def _send_three(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        for method in ("sendMessage", "sendMessage", "sendPhoto"):
            async with http.post(f"{url}/bot1000001:TWIN/{method}", json={"chat_id": 5, "text": "x"}) as response:
                await response.read()


_SENDER = """
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
for n in range(100_000):
    connection.request("POST", "/bot1000001:TWIN/sendMessage", f"chat_id=7&text={n}",
                       {"Content-Type": "application/x-www-form-urlencoded"})
    connection.getresponse().read()
"""


def test_after_a_kill_the_record_says_how_many_arrived(tmp_path: Path) -> None:
    with TwinProcess("telegram", record=tmp_path / "calls.jsonl", fast=True) as twin:
        sender = subprocess.Popen([sys.executable, "-c", _SENDER, str(twin.port)])
        while twin.stats()["sent"] < 50:
            time.sleep(0.01)
        sender.kill()
        sender.wait()
    calls = twin.record()
    assert len(calls) >= 50
    assert [call.params["text"] for call in calls] == [str(n) for n in range(len(calls))]
    assert all(call.accepted for call in calls)


@pytest.mark.parametrize("platform", sorted(TWINS))
def test_every_twin_starts_as_a_process(platform: str, tmp_path: Path) -> None:
    with TwinProcess(platform, record=tmp_path / "calls.jsonl") as twin:
        twin.do("user_says", 101, "xin chào")
        if platform == "zalo-oa":
            assert twin.do("grant") == ["twin-access-1", "twin-refresh-1"]
            twin.set("webhook_url", "http://127.0.0.1:9/")
        with pytest.raises(TypeError, match="crosses to another process"):
            twin.do("next", "*", Fault.hang())
        assert twin.stats()["calls"] == 0
    with pytest.raises(RuntimeError, match="not started"):
        _ = twin.pid
