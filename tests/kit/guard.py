"""The guard of the staff chats: nothing personal may ever be shown in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.dialog.words import fold
from bot.port import Page
from services.db.desk import Desk, Staff
from services.db.dossiers import Dossier
from services.db.machine import Conversation
from services.db.presubmissions import Presubmission, StoredFile
from services.dossiers import personal
from services.keys import Keys
from services.presubmissions import drafts

PHONE = re.compile(r"(?<![\w.-])(?:\+?84|0)(?:[ .]?\d){9}(?![\w-])")
IDENTITY = re.compile(r"(?<![\w.-])\d{3}[ .]?\d{3}[ .]?\d{3}[ .]?\d{3}(?![\w-])")
_SHORTEST = 4


def staff_chats(session: Session) -> set[str]:
    """The platform's ids of every chat of an officer and of every desk."""
    theirs = select(Staff.conversation_id).union(select(Desk.conversation_id)).subquery()
    return set(session.scalars(select(Conversation.chat).where(Conversation.id.in_(select(theirs)))))


def secrets_of(session: Session, keys: Keys) -> set[str]:
    """What citizens wrote of themselves, folded: every value of a form that was typed, and every applicant."""
    found: set[str] = set()
    for row in session.scalars(select(Presubmission)):
        found |= {value for name, value in _values(drafts.read_form(keys, row)) if not name.startswith("_")}
    for code in session.scalars(select(Dossier.code)):
        person = personal.read(session, keys, code)
        found |= {value for value in (person.name, person.phone, person.id_number) if value}
    return {fold(value) for value in found if len(value) >= _SHORTEST}


def check(session: Session, keys: Keys, shown: Sequence[tuple[str, Page]]) -> None:
    """Fail for a message to a staff chat that holds a number, a name, a typed value or a citizen's file."""
    theirs, secrets = staff_chats(session), secrets_of(session, keys)
    files = set(session.scalars(select(StoredFile.key)))
    for chat, page in shown:
        if chat not in theirs:
            continue
        text = "\n".join([page.text, *(label for _, label in page.choices)])
        number = PHONE.search(text) or IDENTITY.search(text)
        assert not number, f"a staff chat was shown the number {number and number[0]!r}: {text!r}"
        said = f" {fold(text)} "
        told = sorted(value for value in secrets if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", said))
        assert not told, f"a staff chat was shown what a citizen wrote, {told}: {text!r}"
        assert page.file is None or page.file.get("key") not in files, (
            f"a staff chat was sent a citizen's file: {text!r}"
        )


def _values(form: Any, name: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(form, dict):
        for key, value in form.items():
            yield from _values(value, str(key))
    elif isinstance(form, list):
        for value in form:
            yield from _values(value, name)
    elif isinstance(form, str):
        yield name, form
