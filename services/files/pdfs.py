"""PDFs as they are sent: checked by a program of its own that may be stopped, then kept as they are."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from services.refusal import Refused, refused

PAGES: Final = 100
"""Pages of one PDF."""
SECONDS: Final = 12.0
_READER: Final = Path(__file__).with_name("pdf_reader.py")
_AFTER_END: Final = 1024
"""Bytes after the last end mark: scanners leave a few, somebody who hides another file leaves many."""
_PROBLEMS: Final = frozenset({"file-broken", "file-encrypted", "file-pages", "file-bomb", "file-active"})


def pages(content: bytes, most: int = PAGES) -> int | Refused:
    """How many pages a harmless PDF has. Refusals: file-broken, file-encrypted, file-pages, file-bomb, file-active."""
    end = content.rfind(b"%%EOF")
    if end < 0 or len(content) - end > _AFTER_END:
        return refused("file-broken")
    if re.search(rb"/JavaScript\b|/Launch\b", content):
        return refused("file-active")
    command = [sys.executable, "-I", "-X", "utf8", str(_READER), str(most)]
    try:
        # the file reaches the program as its input, never as an argument
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
        said = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return refused("file-bomb")  # it was stopped: for its time, or for its memory
    found = said.get("pages")
    if isinstance(found, int):
        return found
    problem = said.get("problem")
    args = {"most": most} if problem == "file-pages" else {}
    return Refused(problem if problem in _PROBLEMS else "file-broken", args)
