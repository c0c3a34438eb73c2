"""Files on their way to an Official Account: uploaded first, then named in a message.

An upload is good for seven days and an app has 5,000 a month, so a message that is tried again uses the one it has.
Pictures: JPEG or PNG up to 1 MB; papers: PDF, DOC, DOCX or CSV up to 5 MB. https://docs.zaloplatforms.com/docs/OA
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.zalo_oa_hearing import MEDIA
from bot.port import Limits, SendFailed
from services.clock import Clock, ms

Upload = Callable[[str, str, str, bytes], Awaitable[str]]
"""(image or file, name, MIME type, bytes) -> what a message names it by."""

PICTURES = ("image/jpeg", "image/png")
"""The pictures that Zalo takes."""
_LIVES_MS = 6 * 86_400_000
_REMEMBERED = 256
_ENDINGS: Mapping[str, str] = {MEDIA[ending]: ending for ending in ("jpg", "png", "pdf", "doc", "docx", "csv")}


@dataclass(frozen=True, slots=True)
class Asset:
    """An uploaded file as a message names it. Only a picture can have words beside it."""

    token: str
    is_picture: bool

    @property
    def attachment(self) -> dict[str, Any]:
        """The attachment of a consultation message."""
        if not self.is_picture:
            return {"type": "file", "payload": {"token": self.token}}
        element = {"media_type": "image", "attachment_id": self.token}
        return {"type": "template", "payload": {"template_type": "media", "elements": [element]}}


class Assets:
    """What was uploaded lately. `files` reads a file by its key; may raise LookupError or OSError."""

    def __init__(self, files: Callable[[str], bytes] | None, clock: Clock, limits: Limits) -> None:
        self._files, self._clock, self._limits = files, clock, limits
        self._known: dict[str, tuple[Asset, int]] = {}

    async def of(self, file: Mapping[str, str], upload: Upload) -> Asset:
        """The asset of a page's file, uploaded unless it lately was. Raises SendFailed."""
        key, now = file.get("key", ""), ms(self._clock.now())
        known = self._known.get(key)
        if known is not None and now - known[1] < _LIVES_MS:
            return known[0]
        media = file.get("media", "")
        ending, picture = _ENDINGS.get(media, ""), media.startswith("image/")
        if not ending:
            raise SendFailed("refused", "file-type")
        data = await self._read(key)
        if len(data) > (self._limits.photo if picture else self._limits.file):
            raise SendFailed("refused", "too-large")
        name = _named(file.get("name", ""), ending)
        asset = Asset(await upload("image" if picture else "file", name, media, data), picture)
        self._known.pop(key, None)
        self._known[key] = asset, now
        while len(self._known) > _REMEMBERED:
            self._known.pop(next(iter(self._known)))
        return asset

    def forget(self, file: Mapping[str, str]) -> bool:
        """Upload the file anew next time. False when it has only just been uploaded: then that is not the trouble."""
        known = self._known.pop(file.get("key", ""), None)
        return known is not None and known[1] < ms(self._clock.now())

    async def _read(self, key: str) -> bytes:
        if self._files is None:
            raise SendFailed("refused", "no-files")
        try:
            data = await asyncio.to_thread(self._files, key)
        except (LookupError, OSError):
            data = b""
        if not data:
            raise SendFailed("refused", "no-such-file")
        return data


def _named(name: str, ending: str) -> str:
    """A file's name with its ending, without what would break a header; Zalo goes by the ending."""
    plain = re.sub(r'[\x00-\x1f"\\/]', "", name).strip() or "file"
    had = plain.rpartition(".")[2].lower() if "." in plain else ""
    return plain if had == ending or (had == "jpeg" and ending == "jpg") else f"{plain}.{ending}"
