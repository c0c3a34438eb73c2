"""Laying a message out within a platform's limits: pages, buttons or a numbered list.

A text is cut by paragraphs, else lines, else sentences, else words; never inside a word, a link or an emoji. Only a
single word longer than a whole page is cut, and then between grapheme clusters.
"""

from __future__ import annotations

from dataclasses import replace

import regex

from bot.dialog.values import Message
from bot.port import Limits, Page

_GRAPHEMES = regex.compile(r"\X")
_SEPARATORS = ("\n\n", "\n", ". ", "; ", ", ")
# A no-break space breaks nothing: "20.000 đồng" stays together.
_SPACE = regex.compile(r"[^\S\u00a0\u2007\u202f]")


def length(text: str, limits: Limits) -> int:
    """The length of `text` as the platform counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 if limits.utf16 else len(text)


def split(text: str, limits: Limits, room: int | None = None) -> list[str]:
    """`text` in pieces of at most `limits.text`, the last one of at most `room` (for the choices under it)."""
    room = limits.text if room is None else room
    pieces, rest = [], text.strip() or "…"
    while length(rest, limits) > room:
        head = _head(rest, limits, limits.text if length(rest, limits) > limits.text else room)
        pieces.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*pieces, rest] if rest else pieces


def _head(text: str, limits: Limits, most: int) -> str:
    """The longest beginning of `text` of at most `most` that ends at the best separator there is; never empty."""
    window = text[:most]
    while length(window, limits) > most:
        window = window[:-1]
    for separator in _SEPARATORS:
        end = window.rfind(separator)
        # A cut far too early would waste the page: take the next finer separator instead.
        if end >= max(len(window) // 3, 1):
            return text[: end + len(separator)]
    spaces = [found.end() for found in _SPACE.finditer(text, 0, len(window) + 1)]
    if spaces:
        return text[: min(spaces[-1], len(window))]
    cut = 0
    for cluster in _GRAPHEMES.finditer(text):
        if cluster.end() > len(window):
            break
        cut = cluster.end()
    return text[:cut] or window or text[:1]


def lay_out(message: Message, limits: Limits) -> list[Page]:
    """`message` as pages of this platform; its choices stand with the last page.

    Choices become buttons where all of them fit; where a label is too long the text lists them by number and the
    buttons carry the numbers; without room for buttons there is only the list. A list that fills more than a page goes
    as text, and is answered by typing a number. A picture that the platform does not carry is told in words.
    """
    if message.file and message.file.media.startswith("image/") and not limits.photo:
        told = message.text if message.file.instead is None else message.file.instead
        if not told and not message.choices:
            return []
        message = replace(message, text=told, file=None)
    choices = message.choices
    fits = 0 < len(choices) <= limits.buttons
    long = any(len(label) > limits.label for _, label in choices)
    numbered = bool(choices) and (not fits or long)
    text, listing = message.text, length(Page("", choices, numbered).full_text(), limits)
    if listing > limits.text:
        text = Page(text, choices, numbered).full_text()
        fits, numbered, listing = False, False, 0
    file = None
    if message.file:
        file = {"key": message.file.key, "name": message.file.name, "media": message.file.media}
        if (listing + 2 if numbered else 0) + length(text, limits) <= (limits.caption or limits.text):
            return [Page(text, choices, numbered, fits, file)]
    pages = [Page("", file=file)] if file else []
    pages += [Page(piece) for piece in _pieces(text, limits, listing)]
    return [*pages[:-1], Page(pages[-1].text, choices, numbered, fits)]


def _pieces(text: str, limits: Limits, listing: int) -> list[str]:
    """`text` in pieces, the last with room for a list of `listing` characters; "" where the list stands alone."""
    room = limits.text - (listing + 2 if listing else 0)
    if listing and not text.strip():
        return [""]
    if room < limits.text // 4 and length(text, limits) > room:
        return [*split(text, limits), ""]
    return split(text, limits, room)
