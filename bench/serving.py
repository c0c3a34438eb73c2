"""`python -m bot serve` with Telegram's limits lifted, for measuring the machine and not the platform's 30 a second.

Everything else is the program as it is shipped; the arguments are those of `serve`. BENCH_PACE is the pace of the whole
account, messages a second, with the shipped limits of chats and groups; without it there is no limit at all.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace

from bot.channels.telegram import TelegramChannel
from bot.cli import main
from bot.port import Pace

if __name__ == "__main__":
    per_s = os.environ.get("BENCH_PACE")
    TelegramChannel.pace = replace(TelegramChannel.pace, account_per_s=float(per_s)) if per_s else Pace()
    sys.exit(main(["serve", *sys.argv[1:]]))
