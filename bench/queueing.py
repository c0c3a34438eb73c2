"""Messages by the thousand in the outbox, as the notifier leaves them there, and what it takes to post them bare.

`python -m bench.queueing URL FILE --count N --concurrency K` is the bare loop: aiohttp posts the form in FILE to one
chat after another, K at a time, reads each answer, keeps nothing, and prints calls a second and processor time a call.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import msgspec
from sqlalchemy import text

from bench.programs import ROOT, TOKEN, Failed
from bot.dialog.values import Choice
from bot.outgoing import STATUS
from bot.port import Page
from services.db.session import Database, unit

FIRST_CHAT = 500_000
NOTICE = Page(
    "Hồ sơ H99.15-261101-0000001 đang được xử lý.\nTrung tâm Phục vụ hành chính công đang giữ hồ sơ.\n"
    "Tiếp nhận: 08 giờ 30, thứ Hai, 02/11/2026\nHẹn trả: thứ Năm, 26/11/2026\n"
    "Cập nhật lúc 09 giờ 15, thứ Ba, 03/11/2026\nGõ: hồ sơ H99.15-261101-0000001 để xem thêm.",
    choices=(("7:0", Choice("see", "Xem hồ sơ").label),),
    buttons=True,
)
"""A notice as Telegram's channel lays it out."""


def put(url: str, count: int, *, chats: int, priority: int = STATUS, group: bool = False) -> None:
    """`count` notices, one after another to each of `chats`; all of them in one commit."""
    db = Database(url)
    series = (
        f"WITH RECURSIVE series(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n + 1 < {count})"
        if db.is_sqlite
        else f"WITH series(n) AS (SELECT generate_series(0, {count - 1}))"
    )
    page = msgspec.json.encode(NOTICE.dump()).decode()
    statement = (
        f"{series} INSERT INTO outbox (channel, account, chat, conversation_id, priority, page, state, attempts,"
        f" created_ms, next_ms) SELECT 'telegram', 'default', '{'-' if group else ''}' ||"
        f" CAST({FIRST_CHAT} + n % {chats} AS text), 1, :priority, :page, 'queued', 0, :now, 0 FROM series ORDER BY n"
    )
    try:
        with unit(db) as session:
            session.execute(text(statement), {"priority": priority, "page": page, "now": time.time_ns() // 1_000_000})
    finally:
        db.close()


def bare(twin_url: str, form: Mapping[str, str], folder: Path, *, count: int, concurrency: int) -> tuple[float, float]:
    """Post `form` bare, from a process of its own; returns calls a second, and its processor time a call in µs.

    Raises Failed.
    """
    file = folder / "form.json"
    file.write_text(json.dumps(dict(form)))
    command = [sys.executable, "-m", "bench.queueing", twin_url, str(file), "--count", str(count),
               "--concurrency", str(concurrency)]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=600, check=False)
    if done.returncode:
        raise Failed(f"the bare loop broke: {done.stderr.decode()[-1000:]}")
    rate, cpu = done.stdout.split()
    return float(rate), float(cpu)


async def _post(url: str, form: Mapping[str, str], count: int, concurrency: int) -> tuple[float, float]:
    waiting = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:

        async def worker() -> None:
            for number in waiting:
                body = {**form, "chat_id": str(FIRST_CHAT + number % 10_000)}
                async with session.post(f"{url}/bot{TOKEN}/sendMessage", data=body) as answer:
                    if not json.loads(await answer.read())["ok"]:
                        raise Failed("the platform refused")

        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(worker() for _ in range(concurrency)))
        return count / (time.perf_counter() - began), (time.process_time() - used) / count * 1e6


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.queueing")
    parser.add_argument("url")
    parser.add_argument("file", type=Path)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--concurrency", type=int, default=5)
    given = parser.parse_args()
    form = json.loads(given.file.read_text())
    print(*asyncio.run(_post(given.url, form, given.count, given.concurrency)))


if __name__ == "__main__":
    main()
