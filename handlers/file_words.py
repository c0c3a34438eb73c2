"""Why a file that somebody sent was not taken, in words with a way on."""

from __future__ import annotations

from bot.dialog.flow import Talk

_REASONS = frozenset(
    ("file-empty", "file-too-large", "file-kind", "file-disguised", "file-broken", "file-encrypted", "file-bomb")
) | {"file-pages", "file-active", "file-not-had", "file-same", "file-many"}
"""Each is a text."""


def why_not(talk: Talk, reason: str) -> str:
    """The text of a reason of `services.files.intake`, `bot.filing` or `services.presubmissions.files`."""
    return talk.text(reason if reason in _REASONS else "file-broken")
