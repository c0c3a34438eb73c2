"""Taking in a file that somebody sent: what it is by its content, made plain and harmless, or refused with a reason.

Pure work on bytes: no input makes it raise, hang, or use more than a few hundred megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from services.files import card as cards
from services.files import coach, pdfs, pictures, sniff
from services.refusal import Refused, refused

LARGEST: Final = 20 * 1024 * 1024
"""Bytes of one file."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it may be stored. Pictures have become JPEGs; PDFs are as they were sent."""

    content: bytes
    media: Literal["image/jpeg", "application/pdf"]
    pages: int
    width: int
    """Pixels of the picture as it was sent, upright; 0 for a PDF."""
    height: int
    flags: tuple[str, ...]
    """What the photo coach saw, see services.files.coach; nothing for a PDF."""
    prints: tuple[int, ...]
    """Perceptual hashes of the pages (64 bits each), for services.files.coach.same; none for a PDF."""
    card: str
    """The text of the QR of an identity card, only where it was asked for; "" when there was none."""


def take(content: bytes, name: str = "", *, identity: bool = False) -> Taken | Refused:
    """Takes a file in. `identity`: the paper is an identity card whose owner agreed, so its QR is read.

    Refusals: file-empty; file-too-large (limit: megabytes); file-kind (kind: what it is, see sniff.Kind);
    file-disguised (kind, claimed: what its name says); file-broken; file-encrypted; file-bomb; file-pages
    (most: how many a PDF may have); file-active.
    """
    if not content:
        return refused("file-empty")
    if len(content) > LARGEST:
        return refused("file-too-large", limit=LARGEST // 1024 // 1024)
    kind, claimed = sniff.kind(content), sniff.claimed(name[-300:])
    if kind not in sniff.TAKEN:
        if claimed is None:
            return refused("file-kind", kind=kind)
        return refused("file-broken") if kind == "unknown" else refused("file-disguised", kind=kind, claimed=claimed)
    if kind == "pdf":
        count = pdfs.pages(content)
        if isinstance(count, Refused):
            return count
        return Taken(content, "application/pdf", count, 0, 0, (), (), "")
    made = pictures.plain(content, kind)
    if isinstance(made, Refused):
        return made
    seen = coach.look(made.picture, sent=(made.width, made.height))
    text = cards.read(made.picture) if identity else ""
    return Taken(
        made.content, "image/jpeg", 1, made.width, made.height, seen, (coach.fingerprint(made.picture),), text
    )  # fmt: skip
