"""Laying a message out within a platform's limits: pages, buttons or a numbered list.

A text is cut by paragraphs, else lines, else sentences, else words; never inside a word, a link or an emoji. Only a
single word longer than a whole page is cut, and then between grapheme clusters.
"""

from __future__ import annotations

import regex

from bot.dialog.values import Message
from bot.port import Limits, Page

_GRAPHEMES = regex.compile(r"\X")
_SEPARATORS = ("\n\n", "\n", ". ", "; ", ", ", " ")


def length(text: str, limits: Limits) -> int:
    """The length of `text` as the platform counts it."""
    return len(text.encode("utf-16-le")) // 2 if limits.utf16 else len(text)


def split(text: str, limits: Limits, room: int | None = None) -> list[str]:
    """`text` in pieces of at most `limits.text`, the last one of at most `room` (for the choices under it)."""
    room = limits.text if room is None else room
    pieces, rest = [], text.strip("\n") or "…"
    while length(rest, limits) > room:
        head = _head(rest, limits, limits.text if length(rest, limits) > limits.text else room)
        pieces.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*pieces, rest] if rest else pieces


def _head(text: str, limits: Limits, most: int) -> str:
    """The longest beginning of `text` of at most `most` that ends at the best separator there is."""
    window = text[:most]
    while length(window, limits) > most:
        window = window[:-1]
    for separator in _SEPARATORS:
        end = window.rfind(separator)
        # A cut far too early would waste the page: take the next finer separator instead.
        if end >= len(window) // 3 or (separator == " " and end > 0):
            return text[: end + len(separator)]
    ends = [m.end() for m in _GRAPHEMES.finditer(window)]
    if len(ends) > 1 and ends[-1] == len(window):
        # The last cluster of the window may go on behind it.
        whole = next(m.end() for m in _GRAPHEMES.finditer(text, ends[-2]))
        return text[: whole if whole <= len(window) else ends[-2]]
    return window


def lay_out(message: Message, limits: Limits) -> list[Page]:
    """`message` as pages of this platform; its choices stand with the last page.

    Choices become buttons where all of them fit; where a label is too long the text lists them by number and the
    buttons carry the numbers; without room for buttons there is only the list.
    """
    choices = message.choices
    fits = 0 < len(choices) <= limits.buttons
    long = any(len(label) > limits.label for _, label in choices)
    numbered = bool(choices) and (not fits or long)
    file = None
    if message.file:
        file = {"key": message.file.key, "name": message.file.name, "media": message.file.media}
    bare = Page("", choices, numbered, fits)
    room = limits.text - (length(bare.full_text(), limits) + 2 if numbered else 0)
    texts = split(message.text, limits, max(room, 1)) if message.text or not file else [""]
    if file and length(message.text, limits) > (limits.caption or limits.text):
        pages = [Page("", file=file), *(Page(text) for text in texts)]
    else:
        pages = [Page(text, file=file if i == 0 else None) for i, text in enumerate(texts)]
    last = pages[-1]
    return [*pages[:-1], Page(last.text, choices, numbered, fits, last.file)]
