"""Reads one PDF from the standard input and says what it is: a program of its own, which may die and be stopped.

Run by services.files.pdfs with nothing but pypdf at hand. Prints one JSON object: {"pages": n} or {"problem": key}.
"""

from __future__ import annotations

import json
import sys
import warnings
import zlib
from typing import Any

ACTIVE = frozenset({"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/RichMedia", "/XFA", "/Launch"})
"""Names that make a PDF more than pages: programs in it, other files in it, other programs started by it."""
_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/Movie", "/Sound", "/GoToE"}
)
_OBJECTS = 60_000
_EXPANDED = 300_000_000
"""Bytes that all streams together may expand to: a scanned page of 600 dots an inch is 35 MB."""
_PIXELS = 60_000_000
_DEPTH = 60


def examine(content: bytes, most_pages: int) -> dict[str, Any]:
    """Page count, or the problem: file-broken, file-encrypted, file-pages, file-bomb, file-active."""
    import io

    import pypdf
    from pypdf import errors

    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            return {"problem": "file-encrypted"}
        root: Any = reader.root_object["/Pages"]
        declared = root.get("/Count")
        if isinstance(declared, int) and declared > 100 * most_pages:
            return {"problem": "file-pages"}
        pages = 0
        for pages, _ in enumerate(reader.pages, 1):
            if pages > most_pages:
                return {"problem": "file-pages"}
        problem = "file-broken" if not pages else _look(reader)
    except errors.LimitReachedError:
        problem = "file-bomb"
    except errors.FileNotDecryptedError:
        problem = "file-encrypted"
    except (MemoryError, RecursionError):
        problem = "file-bomb"
    except Exception as why:  # whatever a broken file makes a parser raise, the file is broken
        print(type(why).__name__, file=sys.stderr)
        problem = "file-broken"
    return {"problem": problem} if problem else {"pages": pages}


def _look(reader: Any) -> str:
    """Every object that can be reached or is listed: active content, and what its streams expand to."""
    from pypdf.generic import StreamObject

    numbers = sorted({(n, g) for g, table in reader.xref.items() for n in table if g != 65535})
    numbers += sorted((n, 0) for n in reader.xref_objStm)
    if len(numbers) > _OBJECTS:
        return "file-bomb"
    room = _EXPANDED
    for node in [reader.trailer, *(_object(reader, n, g) for n, g in numbers)]:
        if node is None:
            continue
        if _is_active(node, _DEPTH):
            return "file-active"
        if isinstance(node, StreamObject):
            room -= _expanded(node, room)
            if room < 0 or _huge(node):
                return "file-bomb"
    return ""


def _object(reader: Any, number: int, generation: int) -> Any:
    from pypdf.errors import PdfReadError
    from pypdf.generic import IndirectObject

    try:
        return reader.get_object(IndirectObject(number, generation, reader))
    except (PdfReadError, ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError):
        return None  # an object that no reader can read does nothing


def _is_active(node: Any, depth: int) -> bool:
    """Whether the object itself, with what lies directly in it, holds anything but pages."""
    from pypdf.generic import DictionaryObject

    if depth == 0:
        return True  # nobody nests like this who only wants to show a page
    if isinstance(node, DictionaryObject):
        keys = {str(key) for key in node}
        if keys & ACTIVE or ("/S" in keys and str(node.raw_get("/S")) in _ACTIONS):
            return True
        return any(_is_active(node.raw_get(key), depth - 1) for key in node)
    if isinstance(node, list):
        return any(_is_active(node_, depth - 1) for node_ in list.__iter__(node) if isinstance(node_, dict | list))
    return False


def _expanded(stream: Any, room: int) -> int:
    """The bytes a stream expands to; more than `room` for one that nobody would make: packed in several layers."""
    filters = stream.get("/Filter", [])
    names = [str(one) for one in filters] if isinstance(filters, list) else [str(filters)]
    packed = [
        name for name in names if name in ("/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL")
    ]
    if len(packed) > 1 or len(names) > 3:
        return room + 1
    if not packed or packed[0] not in ("/FlateDecode", "/Fl"):
        return len(stream._data) * (130 if packed else 1)
    size, rest, unpacking = 0, stream._data, zlib.decompressobj()
    while rest and size <= room and not unpacking.eof:
        try:
            size += len(unpacking.decompress(rest, 1 << 20))
        except zlib.error:
            break
        rest = unpacking.unconsumed_tail
    return size


def _huge(stream: Any) -> bool:
    """Whether it is a picture of more pixels than a page can need."""
    if str(stream.get("/Subtype", "")) != "/Image":
        return False
    sides = [stream.get(name, 0) for name in ("/Width", "/Height")]
    return not all(isinstance(side, int) and 0 <= side < 65_536 for side in sides) or sides[0] * sides[1] > _PIXELS


def main() -> None:
    """Limits itself first: the machine's own guard against what a file may do to a parser."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except ImportError:
        print("no limits on this system but the time that the caller gives", file=sys.stderr)
    import logging

    logging.disable()
    warnings.simplefilter("ignore")
    print(json.dumps(examine(sys.stdin.buffer.read(), int(sys.argv[1]))))


if __name__ == "__main__":
    main()
