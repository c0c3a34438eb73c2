"""Ten thousand spoiled updates a channel: every call is answered, never with a 5xx, none breaks a turn, and at the end
the program answers a person as before."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import load, mutations, updates
from bench.databases import SQLITE, opened
from bench.looking import Look
from bench.programs import SECRET, Failed, Program, free_port, settings
from bench.tables import Table
from tests.twins.process import TwinProcess

_CHANNELS = ("telegram", "zalo-bot", "zalo-oa")
_ZALO_BOT, _APP, _APP_SECRET = "2000002:TWIN", "360846524940903967", "twin-oa-secret"
_QUIET_S = 180.0


@dataclass(slots=True)
class _Scene:
    program: Program
    look: Look
    port: int
    folder: Path
    twin: TwinProcess

    def rest(self) -> None:
        """Wait until no update waits for its turn. Raises Failed."""
        deadline = time.monotonic() + _QUIET_S
        while self.look.rows("SELECT count(*) FROM inbox WHERE state = 'open'")[0][0]:
            if not self.program.alive or time.monotonic() > deadline:
                raise Failed(f"the inbox is not dealt with:\n{self.program.tail()}")
            time.sleep(0.2)


def run(count: int = 10_000, seed: int = 1) -> Table:
    """Post `count` spoiled updates to each channel's hook."""
    table = Table(
        f"{count:,} spoiled updates a channel", ("channel", "200", "400", "401", "413", "5xx", "done", "aside", "dead")
    )
    with ExitStack() as stack:
        scene = _scene(stack)
        for channel in _CHANNELS:
            headers: Any = {
                "telegram": mutations.telegram, "zalo-bot": mutations.zalo_bot,
                "zalo-oa": mutations.zalo_oa(_APP, _APP_SECRET),
            }[channel]  # fmt: skip
            bodies = mutations.spoiled(channel, count, seed)
            statuses = load.post(scene.port, f"/hooks/{channel}", bodies, scene.folder, headers=headers).statuses
            scene.rest()
            rows = scene.look.rows(f"SELECT state, count(*) FROM inbox WHERE channel = '{channel}' GROUP BY state")
            states = {str(state): int(number) for state, number in rows}
            broken = sum(number for status, number in statuses.items() if status >= "500")
            seen = [statuses.get(status, 0) for status in ("200", "400", "401", "413")]
            table.add(channel, *seen, broken, *(states.get(state, 0) for state in ("done", "aside", "dead")))
            table.goal(f"{channel}: all answered, no 5xx", broken == 0 and sum(statuses.values()) == count)
            table.goal(f"{channel}: no turn given up", not states.get("dead"))
        before = scene.twin.stats()["sent"]
        load.post(scene.port, "/hooks/telegram", [updates.typed(31, "menu")], scene.folder)
        deadline = time.monotonic() + 30
        while scene.twin.stats()["sent"] < before + 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        table.goal("a person is answered afterwards", scene.twin.stats()["sent"] >= before + 2)
        said = scene.program.log.read_text("utf-8", "replace")
        for word in ("turn broke", "a request broke", "what its port does not allow"):
            table.goal(f"never logged: {word}", word not in said)
    return table


def _scene(stack: ExitStack) -> _Scene:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-spoiled-")))
    twin = stack.enter_context(TwinProcess("telegram", record=folder / "telegram.jsonl", open_chats=True))
    bot = stack.enter_context(TwinProcess("zalo-bot", record=folder / "bot.jsonl", open_chats=True))
    account = stack.enter_context(TwinProcess("zalo-oa", record=folder / "oa.jsonl"))
    url, port = stack.enter_context(opened(SQLITE, folder)), free_port()
    env = settings(url, folder, twin.url, port) | {
        "ZALO_BOT_TOKEN": _ZALO_BOT, "ZALO_BOT_API_URL": bot.url, "ZALO_BOT_RECEIVE": "webhook",
        "ZALO_BOT_WEBHOOK_SECRET": SECRET,
        "ZALO_OA_APP_ID": _APP, "ZALO_OA_APP_SECRET": "twin-app-secret", "ZALO_OA_SECRET_KEY": _APP_SECRET,
        "ZALO_OA_API_URL": account.url, "ZALO_OA_OAUTH_URL": account.url, "ZALO_ZBS_API_URL": account.url,
    }  # fmt: skip
    program = stack.enter_context(Program("ours", ["-m", "bench.serving"], env, folder, ready="is ready"))
    return _Scene(program, Look(url), port, folder, twin)
