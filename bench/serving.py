"""`python -m bot serve` with the platforms' own limits lifted, for measuring the machine and not Telegram's 30 a second.

Everything else is the program as it is shipped: the same settings, the same roles (`--roles`), the same channels.
"""

from __future__ import annotations

import argparse
import asyncio

from bot.app import ROLES, App
from bot.channels.telegram import TelegramChannel
from bot.cli.serving import prepare
from bot.port import Pace
from bot.settings import load


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.serving")
    parser.add_argument("--roles", default=",".join(ROLES))
    given = parser.parse_args()
    settings = load()
    prepare(settings, demo=False)
    TelegramChannel.pace = Pace()

    async def serve() -> None:
        app, roles = App(settings), tuple(given.roles.split(","))
        await app.serve(roles, settings.host, settings.port, lambda line: print(line, flush=True))

    asyncio.run(serve())


if __name__ == "__main__":
    main()
