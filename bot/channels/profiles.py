"""What each platform can carry, and how fast. One literal each, with the page it was read on."""

from __future__ import annotations

from dataclasses import dataclass

from bot.port import Limits, Pace


@dataclass(frozen=True, slots=True)
class Profile:
    """The limits and the pace of one platform."""

    limits: Limits
    pace: Pace


# https://core.telegram.org/bots/api#sendmessage and https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
TELEGRAM = Profile(
    Limits(
        text=4096,
        buttons=24,
        label=40,
        utf16=True,
        photo=10 << 20,
        file=50 << 20,
        caption=1024,
        files_in=("photo", "file"),
        edit=True,
    ),
    Pace(account_per_s=25, chat_per_s=1, chat_burst=3, group_per_min=19),
)

# https://docs.zaloplatforms.com/docs/OA : consultation messages, at most five buttons
ZALO_OA = Profile(
    Limits(text=2000, buttons=5, label=100, photo=1 << 20, file=5 << 20, files_in=("photo", "file")),
    Pace(account_per_s=60, chat_per_s=2, chat_burst=5),
)

# https://docs.zaloplatforms.com/docs/BOT : text and pictures by address only, no buttons; its quota is not published
ZALO_BOT = Profile(
    Limits(text=2000, buttons=0, label=0, caption=2000, files_in=("photo",)),
    Pace(account_per_s=10, chat_per_s=1, chat_burst=5),
)

# Our own page.
WEB = Profile(
    Limits(text=6000, buttons=20, label=200, photo=10 << 20, file=20 << 20, files_in=("photo", "file")), Pace()
)

PROFILES = {"telegram": TELEGRAM, "zalo-oa": ZALO_OA, "zalo-bot": ZALO_BOT, "web": WEB}
