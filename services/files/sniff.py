"""What a file is, by its first bytes. A name is only asked whether it claims to be something else."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "jpeg", "png", "webp", "heic", "pdf", "gif", "picture", "svg", "web", "program", "archive", "office", "video",
    "text", "unknown",
]  # fmt: skip
TAKEN: frozenset[Kind] = frozenset({"jpeg", "png", "webp", "heic", "pdf"})

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "picture"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
    (b"\x00\x00\x01\x00", "picture"),
    (b"8BPS", "picture"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\xfe\xed\xfa\xce", "program"),
    (b"\xfe\xed\xfa\xcf", "program"),
    (b"\xce\xfa\xed\xfe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"#!", "program"),
    (b"dex\n", "program"),
    (b"\x00asm", "program"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "program"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"MSCF", "archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"{\\rtf", "office"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"OggS", "video"),
    (b"ID3", "video"),
)  # fmt: skip
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_ENDINGS: dict[str, Kind] = {
    "jpg": "jpeg", "jpeg": "jpeg", "jpe": "jpeg", "jfif": "jpeg", "png": "png", "webp": "webp", "heic": "heic",
    "heif": "heic", "pdf": "pdf",
}  # fmt: skip


def kind(content: bytes) -> Kind:
    """The kind of a file that is not empty."""
    head = content[:2048]
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF":
        return "webp" if head[8:12] == b"WEBP" else "video"
    if head[4:8] == b"ftyp":
        return _boxed(head)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return _zipped(content)
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00\t\n\x0c\r ")
    if text.startswith(b"%PDF-"):
        return "pdf"
    return _written(text)


def claimed(name: str) -> Kind | None:
    """The kind among those taken that a file name claims; None when it claims none of them."""
    return _ENDINGS.get(name.strip().rpartition(".")[2].lower())


def _boxed(head: bytes) -> Kind:
    """HEIC and videos share their form; the brands tell them apart."""
    size = int.from_bytes(head[:4], "big")
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(size, 256, len(head)), 4))}
    if brands & {b"avif", b"avis"}:
        return "picture"
    return "heic" if brands & _HEIC_BRANDS else "video"


def _zipped(content: bytes) -> Kind:
    """A zip; office documents and Android programs are zips too."""
    names = content[:65536] + content[-65536:]
    if b"AndroidManifest.xml" in names or b"META-INF/MANIFEST.MF" in names:
        return "program"
    if any(mark in names for mark in (b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"mimetypeapplication/")):
        return "office"
    return "archive"


def _written(text: bytes) -> Kind:
    """Files that are text."""
    lower = text[:1024].replace(b"\x00", b"").lower()
    if b"<svg" in lower:
        return "svg"
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<?xml", b"<?php", b"<iframe")):
        return "web"
    letters = lower.decode("utf-8", "replace").rstrip("\ufffd")  # the last letter may have been cut in two
    if letters and all(one != "\ufffd" and (one.isprintable() or one in "\t\n\f\r\x1b") for one in letters):
        return "text"
    return "unknown"
