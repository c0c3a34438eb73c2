"""A twin as a process of its own: `python -m tests.twins telegram --port 0 --record calls.jsonl`.

The first line on stdout is the port. The process ends on SIGTERM, SIGINT, or when its stdin (a pipe) closes, so that it
never outlives the test that started it (`--daemon` leaves stdin alone).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.twins import TWINS
from tests.twins.faults import Fault
from tests.twins.limits import Limits


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.twins", description="A platform's twin on loopback.")
    parser.add_argument("platform", choices=sorted(TWINS))
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free port")
    parser.add_argument("--record", type=Path, help="write each call to this file, a JSON object a line")
    parser.add_argument("--token", help="the bot token to accept")
    parser.add_argument("--open-chats", action="store_true", help="accept sends to chats nobody wrote from")
    parser.add_argument("--fast", action="store_true", help="Telegram: record and answer sendMessage unseen")
    parser.add_argument("--limits", action="store_true", help="Telegram: enforce 30/s, 1/s a chat, 20/min a group")
    parser.add_argument("--seed", type=int, default=0, help="for faults that meet a share of the calls")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="JSON",
        help='{"method": "sendMessage", "share": 0.04, "kind": "rate_limited", "retry_after": 1}; repeatable',
    )
    parser.add_argument("--daemon", action="store_true", help="do not end when stdin closes")
    return parser.parse_args()


def _options(given: argparse.Namespace) -> dict[str, Any]:
    options: dict[str, Any] = {"record": given.record, "seed": given.seed}
    if given.platform != "zalo-oa":
        options["open_chats"] = given.open_chats
        if given.token:
            options["token"] = given.token
    if given.platform == "telegram":
        options["fast"] = given.fast
        options["limits"] = Limits() if given.limits else None
    return options


async def _serve(given: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    twin = TWINS[given.platform](**_options(given))
    for text in given.fault:
        spec = json.loads(text)
        method, share, times = spec.pop("method", "*"), spec.pop("share", 1.0), spec.pop("times", None)
        twin.next(method, Fault.from_json(spec), times, share=share)
    await twin.start(given.port)
    # The record grows by the thousand; without this the collector walks it again and again.
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    sys.stdout.write(f"{twin.port}\n")
    sys.stdout.flush()
    if not given.daemon:
        loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 1024) else stopped.set())
    await stopped.wait()
    await twin.stop()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
