"""What each platform carries and how fast: the two tables of every channel, also for trying one in a terminal.

Speeds lie a little under what the platform publishes, because it counts when a message arrives and not when it left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.port import Limits, Pace


@dataclass(frozen=True, slots=True)
class Profile:
    """A platform's limits and pace."""

    limits: Limits
    pace: Pace


# Text and captions: https://core.telegram.org/bots/api#sendmessage, #sendphoto; in UTF-16 units, as entities are.
# Files: a bot fetches 20 MB and sends 50 MB (https://core.telegram.org/bots/faq#how-do-i-upload-a-large-file); the
# smaller figure, so that what came in can also go out. A longer label than 40 is cut on a narrow phone.
# Pace: 30 messages a second, one a second in a chat, 20 a minute in a group
# (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). With its short burst a group of
# 16 a minute never sees more than 20 in any one minute.
TELEGRAM = Profile(
    Limits(
        text=4096,
        utf16=True,
        buttons=24,
        label=40,
        caption=1024,
        photo=10 << 20,
        file=20 << 20,
        files_in=("photo", "file"),
        edit=True,
    ),
    Pace(account_per_s=27, chat_per_s=0.9, chat_burst=3, group_per_min=16),
)

# https://docs.zaloplatforms.com/docs/BOT: text of 1 to 2000 characters, pictures by public address only, no buttons,
# no files in either direction. The caption leaves room for the address of a file that only a link can carry. No size
# is published for pictures and no rate for messages: slow on purpose.
ZALO_BOT = Profile(
    Limits(text=2000, utf16=True, buttons=0, label=0, caption=1700, photo=5 << 20, files_in=("photo",)),
    Pace(account_per_s=4, chat_per_s=0.9, chat_burst=3),
)

# https://docs.zaloplatforms.com/docs/OA (consultation messages, uploads): text of 2000 characters, 5 buttons with
# titles of up to 100, pictures of 1 MB, documents of 5 MB; 4,000 requests a minute for the whole app.
ZALO_OA = Profile(
    Limits(text=2000, buttons=5, label=40, caption=2000, photo=1 << 20, file=5 << 20, files_in=("photo", "file")),
    Pace(account_per_s=50, chat_per_s=0.9, chat_burst=3),
)

# Our own chat page (docs/adding-a-channel.md): its sizes are chosen, not imposed.
WEB = Profile(
    Limits(text=6000, buttons=20, label=200, photo=10 << 20, file=20 << 20, files_in=("photo", "file")), Pace()
)

PROFILES: Mapping[str, Profile] = {"telegram": TELEGRAM, "zalo-oa": ZALO_OA, "zalo-bot": ZALO_BOT, "web": WEB}
"""Every platform by its name."""
