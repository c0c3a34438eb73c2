"""What the error codes of Zalo's Official Account and template messages mean to the outbox.

Codes: https://docs.zaloplatforms.com/docs/OA/phu-luc/ma-loi and https://zalo.cloud/zns/guidelines/handle-error-code.
They come with HTTP 200. `misconfigured` closes the whole account, so only what breaks every message is called so: no
credit left for template messages must not silence the answers to those who write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from bot.port import FailureKind, SendFailed

MINUTE_SECONDS = 60.0
MORNING = time(6, 5)
"""Local time at which what the night refused is tried again, and what yesterday's quota refused."""
SPREAD = timedelta(minutes=10)
"""So much later at most, lest everything that waited goes out in one second."""

Until = Literal["", "minute", "morning", "tomorrow"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """One code. `until`: when to try again, for `retry_after`; `alarm`: an operator has to do something."""

    kind: FailureKind
    reason: str
    until: Until = ""
    alarm: bool = False


class TokenRejected(SendFailed):
    """The access token is not taken: renew it and try once more. As it stands it means a broken account."""

    def __init__(self) -> None:
        super().__init__("misconfigured", "bad-token")


def _each(codes: Iterable[int], meaning: Meaning) -> dict[int, Meaning]:
    return dict.fromkeys(codes, meaning)


TOKEN_REJECTED = frozenset({-216, -220, -124})
"""Invalid, expired or withdrawn; -124 is what template messages say."""

OA: Mapping[int, Meaning] = {
    -32: Meaning("retry_after", "per-minute", "minute"),
    -100: Meaning("refused", "attachment-expired"),
    -200: Meaning("retryable", "send-failed"),
    -201: Meaning("refused", "bad-field"),
    -204: Meaning("misconfigured", "oa-disabled", alarm=True),
    -205: Meaning("misconfigured", "no-such-oa", alarm=True),
    -209: Meaning("misconfigured", "app-inactive", alarm=True),
    -210: Meaning("refused", "over-limit"),
    -211: Meaning("retry_after", "out-of-quota", "tomorrow", alarm=True),
    -212: Meaning("misconfigured", "api-not-registered", alarm=True),
    -213: Meaning("gone", "not-follower"),
    -217: Meaning("gone", "blocked"),
    -218: Meaning("retry_after", "receiver-quota", "tomorrow"),
    -219: Meaning("misconfigured", "app-removed", alarm=True),
    -221: Meaning("misconfigured", "oa-not-verified", alarm=True),
    -223: Meaning("misconfigured", "api-not-granted", alarm=True),
    -224: Meaning("misconfigured", "package-too-small", alarm=True),
    -227: Meaning("gone", "inactive"),
    # Nobody wrote for seven days: a template message may still go.
    **_each((-230, -232), Meaning("refused", "window")),
    -233: Meaning("refused", "bad-type"),
    -234: Meaning("retry_after", "night", "morning"),
    -235: Meaning("refused", "bad-oa-type"),
    -237: Meaning("refused", "group-disabled"),
    -240: Meaning("refused", "api-shut-down", alarm=True),
    -242: Meaning("misconfigured", "proof-demanded", alarm=True),
    -244: Meaning("gone", "blocked"),
    -248: Meaning("refused", "policy", alarm=True),
    -249: Meaning("refused", "no-uid", alarm=True),
    -320: Meaning("retry_after", "no-wallet", "tomorrow", alarm=True),
    -321: Meaning("retry_after", "wallet-empty", "tomorrow", alarm=True),
}
"""Consultation messages, uploads and everything else at openapi.zalo.me."""

ZBS: Mapping[int, Meaning] = {
    **OA,
    -100: Meaning("retryable", "send-failed"),
    **_each(
        (-101, -102, -103, -104, -105, -120, -125, -135, -136, -138, -1241, -1351, -1381),
        Meaning("refused", "zbs-not-set-up", alarm=True),
    ),
    -137: Meaning("retry_after", "wallet-empty", "tomorrow", alarm=True),
    **_each((-109, -117, -131, -145, -146, -249, -1091), Meaning("refused", "bad-template", alarm=True)),
    -108: Meaning("refused", "bad-phone"),
    -118: Meaning("refused", "no-zalo"),
    **_each((-110, -114, -119, -139, -140, -141), Meaning("refused", "not-reachable")),
    **_each(
        (-111, -112, -113, -116, -121, -122, -130, -132, -1121, -1122, -1124, -1131),
        Meaning("refused", "bad-field", alarm=True),
    ),
    -115: Meaning("retry_after", "out-of-quota", "tomorrow", alarm=True),
    **_each((-126, -144, -147, -1441), Meaning("retry_after", "out-of-quota", "tomorrow", alarm=True)),
    **_each((-1471, -1472), Meaning("retry_after", "receiver-quota", "tomorrow")),
    -133: Meaning("retry_after", "night", "morning"),
    -127: Meaning("refused", "test-template", alarm=True),
    # What concerns encryption, which is not used, and journeys, which procedures cannot have.
    **_each(
        (-123, -128, -129, -142, -143, -148, -149, -150, -151, -152, -1491), Meaning("refused", "not-ours", alarm=True)
    ),
}
"""Template messages, by phone and by user id."""

BY_TEXT: tuple[tuple[int, str, Meaning], ...] = (
    (-32, "application", Meaning("retry_after", "app-per-minute", "minute")),
    (-32, "oa", Meaning("retry_after", "oa-per-minute", "minute")),
    (-223, "quota", Meaning("retry_after", "out-of-quota", "tomorrow", alarm=True)),
)
"""Codes of several meanings: (code, words in the text, meaning). The first that fits comes before the tables."""


def meaning_of(code: int, said: str, table: Mapping[int, Meaning]) -> Meaning:
    """What `code` with the text `said` means; a code that nobody has documented refuses this one message."""
    lower = said.lower()
    by_text = next((meaning for known, words, meaning in BY_TEXT if known == code and words in lower), None)
    return by_text or table.get(code) or Meaning("refused", f"code{code}", alarm=True)


def failure_of(meaning: Meaning, local_now: datetime, jitter: float) -> SendFailed:
    """The failure with its wait. `local_now`: the office's own time; `jitter`: 0 to 1."""
    if meaning.kind != "retry_after":
        return SendFailed(meaning.kind, meaning.reason)
    if meaning.until == "minute":
        return SendFailed("retry_after", meaning.reason, after=MINUTE_SECONDS)
    after = seconds_until_morning(local_now, tomorrow=meaning.until == "tomorrow") + jitter * SPREAD.total_seconds()
    return SendFailed("retry_after", meaning.reason, after=after, scope="chat")


def seconds_until_morning(local_now: datetime, *, tomorrow: bool) -> float:
    """Seconds until the next 06:05 of the office, or until that of the next day."""
    morning = datetime.combine(local_now.date(), MORNING, local_now.tzinfo)
    if tomorrow or morning <= local_now:
        morning += timedelta(days=1)
    return (morning.astimezone(UTC) - local_now.astimezone(UTC)).total_seconds()


def by_status(status: int, *, readable: bool) -> SendFailed:
    """By the HTTP status alone. `readable`: it was Zalo's JSON; a page of somebody in between decides nothing."""
    if status == 429:
        return SendFailed("retry_after", "too-many", after=MINUTE_SECONDS)
    if status in (408, 504):
        return SendFailed("unknown", f"http-{status}")
    if status >= 500:
        return SendFailed("retryable", "server-error")
    if status < 300:
        return SendFailed("unknown", "unreadable")
    if not readable:
        return SendFailed("retryable", f"http-{status}")
    return SendFailed("misconfigured", "not-found") if status == 404 else SendFailed("refused", f"http-{status}")
