"""What the channels read alike: commands with a slash, ids, the secret of a webhook, the failure of a mere question."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.port import SendFailed

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{3,64}))?(?:\s+(.*))?\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """`/name@to rest`. `to` is the bot it is meant for, empty when nobody is named."""

    name: str
    to: str = ""
    rest: str = ""

    @property
    def words(self) -> str:
        """The command as if it had been typed without the slash."""
        return f"{self.name} {self.rest}".strip()


def read_command(text: str) -> Command | None:
    """The command that `text` is (`/start CODE`, `/menu@our_bot`); None when it is none."""
    found = _COMMAND.fullmatch(text.strip())
    return Command(found[1].lower(), found[2] or "", (found[3] or "").strip()) if found else None


def id_text(value: object) -> str:
    """An id as text; "" for anything that is none."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 128:
        return str(value)
    return value if isinstance(value, str) else ""


def carries_secret(headers: Mapping[str, str], name: str, secret: str) -> bool:
    """Whether the header `name` holds `secret`, compared in constant time; never when there is no secret."""
    given = next((value for header, value in headers.items() if header.lower() == name.lower()), "")
    return bool(secret) and hmac.compare_digest(given.encode(errors="replace"), secret.encode())


def asked_only(failure: SendFailed) -> SendFailed:
    """The failure of a call that changes nothing: when nobody knows whether it arrived, it is simply made again."""
    return SendFailed("retryable", failure.reason) if failure.kind == "unknown" else failure
