"""`python -m bot serve` with Telegram's limits lifted, for measuring the machine and not the platform's 30 a second.

Everything else is the program as it is shipped; the arguments are those of `serve`.
"""

from __future__ import annotations

import sys

from bot.channels.telegram import TelegramChannel
from bot.cli import main
from bot.port import Pace

if __name__ == "__main__":
    TelegramChannel.pace = Pace()
    sys.exit(main(["serve", *sys.argv[1:]]))
