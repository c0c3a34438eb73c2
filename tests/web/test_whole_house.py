"""The whole program between a platform and a person: settings in, an answer out, by polling and by webhook."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import App
from services.clock import SystemClock
from tests.kit.house import new_database, settings_for
from tests.twins import TelegramTwin, Twin, ZaloBotTwin

TOKEN = "1000001:AAabcdefghijklmnopqrstuvwxyz0123456"
SECRET = "a-secret-of-this-hook"


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def telegram() -> tuple[TelegramTwin, int]:
    twin = TelegramTwin(token=TOKEN)
    twin.person(101)
    return twin, 101


def zalo_bot() -> tuple[ZaloBotTwin, str]:
    twin = ZaloBotTwin(token=TOKEN)
    twin.person("u1")
    return twin, "u1"


@pytest.mark.parametrize("receive", ["polling", "webhook"])
@pytest.mark.parametrize("made", [telegram, zalo_bot], ids=lambda made: made.__name__)
async def test_a_person_asks_and_is_answered(tmp_path: Path, made: Any, receive: str) -> None:
    twin, person = made()
    port, name = free_port(), made.__name__
    async with twin:
        settings = settings_for(
            new_database("sqlite", tmp_path), tmp_path, public_url=f"http://127.0.0.1:{port}",
            **{
                f"{name}_token": TOKEN, f"{name}_api_url": twin.url, f"{name}_receive": receive,
                f"{name}_webhook_secret": SECRET if receive == "webhook" else "",
            },
        )  # fmt: skip
        app = App(settings, clock=SystemClock())
        await app.start(host="127.0.0.1", port=port)
        try:
            assert all(state == "ok" for state in app.up.values())
            await answers(twin, person)
            async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/health/ready") as ready:
                channel = (await ready.json())["channels"][f"{name.replace('_', '-')}/default"]
                assert (ready.status, channel) == (200, "ok")
        finally:
            stopping = asyncio.create_task(app.stop())
            twin.user_says(person, "menu")  # or the poll that is under way would be waited for
            await stopping


async def answers(twin: Twin, person: Any) -> None:
    """She greets and asks by number; both are answered, in order."""
    twin.user_says(person, "menu")  # type: ignore[attr-defined]
    await twin.until(lambda: any("cần hỏi thủ tục gì" in text for text in twin.texts(person)))
    twin.user_says(person, "1.001193")  # type: ignore[attr-defined]
    await twin.until(lambda: any("(1.001193)" in text for text in twin.texts(person)))
    greeting, *_ = twin.texts(person)
    assert greeting.startswith("Kính chào")
