"""Pictures by their keys: drawn when a channel or the page asks for one, kept for a while, stored nowhere.

A key is a recipe (`services.catalog.checklist`). What stands on a picture is read anew each time, which is quick, so
a picture that was kept is never older than the catalogue; only drawing is slow. Everything here is to be called on a
thread, never on the event loop and never inside a turn.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.dialog.flow import Talk
from bot.texts import Texts
from handlers import sheet
from services import office
from services.catalog import picture, store
from services.catalog.checklist import Recipe, Sheet, parse
from services.clock import Clock
from services.db.presubmissions import StoredFile
from services.db.session import Database, reading
from services.files.store import Missing, Store, Unreadable

PATH = "/pictures/"
SHEET = re.compile(r"sheet/([0-9a-f]{40})")
"""A contact sheet, or a picture an officer sent, out of the file store: its random key is the only way to it."""
LOOK = 1
"""Counts how the drawing looks: another number makes everybody fetch the pictures anew."""
_MOST_BYTES = 16 << 20


def picture_path(key: str) -> str:
    """Where the web serves the picture of `key`; "" when the key is none of ours."""
    return PATH + key if parse(key) or SHEET.fullmatch(key) else ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A picture before it is drawn: what will stand on it, a mark that changes with it, and its file name."""

    sheet: Sheet
    mark: str
    name: str


class Pictures:
    """Draws pictures one at a time, and keeps the latest in memory, at most `most_bytes` of them together."""

    def __init__(
        self, db: Database, texts: Texts, clock: Clock, store: Store | None = None, *, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._db, self._texts, self._clock, self._store, self._most_bytes = db, texts, clock, store, most_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._drawing, self._keeping = threading.Lock(), threading.Lock()

    def png(self, key: str) -> bytes:
        """The picture of `key` as PNG. Raises LookupError when there is none."""
        if SHEET.fullmatch(key):
            return self.sheet(key)
        draft = self.draft(key)
        if draft is None:
            raise LookupError("no picture has this key")
        return self.drawn(draft)

    def sheet(self, key: str) -> bytes:
        """A contact sheet as PNG, or an officer's picture as JPEG. Raises LookupError when there is none (any more)."""
        found = SHEET.fullmatch(key)
        if found is None or self._store is None:
            raise LookupError("no picture has this key")
        with reading(self._db) as session:
            row = session.get(StoredFile, found[1])
            if (
                row is None
                or not row.media.startswith("image/")
                or row.paper_n is not None
                or row.dropped_at is not None
            ):
                raise LookupError("no picture has this key")
        try:
            return self._store.get(found[1])
        except (Missing, Unreadable):
            raise LookupError("no picture has this key") from None

    def draft(self, key: str) -> Draft | None:
        """What will stand on the picture of `key`; None for a key that names no picture."""
        recipe = parse(key)
        if recipe is None or recipe.locale not in self._texts.locales:
            return None
        with reading(self._db) as session:
            return self._draft(session, recipe)

    def _draft(self, session: Session, recipe: Recipe) -> Draft | None:
        version, case = store.load_version(session, recipe.code, recipe.version_id), dict(recipe.case)
        if version is None or not sheet.is_case(version.record, case):
            return None
        front = office.front(session)
        talk = Talk(None, self._texts, recipe.locale, self._clock.now(), 0, {}, {})
        drafted = sheet.draft(
            talk, version, case, office=front.name if front else "", hotline=front.hotline if front else ""
        )
        if recipe.sheet > len(drafted):
            return None
        found = drafted[recipe.sheet - 1]
        mark = hashlib.sha256(f"{LOOK} {found!r}".encode("utf-8", "replace")).hexdigest()[:24]
        return Draft(found, mark, sheet.file_name(talk, recipe.code, recipe.sheet, len(drafted)))

    def kept(self, draft: Draft) -> bytes | None:
        """The picture, if it was drawn lately."""
        with self._keeping:
            data = self._kept.get(draft.mark)
            if data is not None:
                self._kept.move_to_end(draft.mark)
            return data

    def drawn(self, draft: Draft) -> bytes:
        """The picture, drawn now unless it was lately; whoever wants the same meanwhile waits for this drawing."""
        with self._drawing:
            data = self.kept(draft)
            if data is None:
                data = picture.draw(draft.sheet)
                self._keep(draft.mark, data)
            return data

    def _keep(self, mark: str, data: bytes) -> None:
        with self._keeping:
            self._kept[mark] = data
            self._bytes += len(data)
            while self._bytes > self._most_bytes and len(self._kept) > 1:
                _, old = self._kept.popitem(last=False)
                self._bytes -= len(old)
