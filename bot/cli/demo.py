"""The demo: an office, a few dossiers to look up, and a key of its own, on a database that is marked as a demo."""

from __future__ import annotations

import base64
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.cli.refusal import Refusal
from bot.settings import Settings
from services import office
from services.db.machine import Conversation, Inbox, Meta, WebSession
from services.db.office import Agency, Procedure
from services.dossiers import lifecycle, opening
from services.dossiers.codes import find
from services.dossiers.hand import Hand
from services.dossiers.opening import Filing
from services.dossiers.personal import Person
from services.keys import Keys

OFFICE = Path(__file__).parent.parent.parent / "examples" / "office.toml"
SAMPLE = (
    ("H99.15-261101-0001", "1.004873", (4,)),
    ("H99.15-261101-0002", "1.001193", (4, 9)),
    ("H99.15-261101-0003", "1.001612", (5,)),
)
"""Code, procedure and the statuses it goes through. The phone number of each ends in 5678."""
_PHONE = "0900005678"


def mark(session: Session) -> None:
    """Mark an empty database as a demo and give it an office; refuse one that has data and no mark."""
    if session.get(Meta, "demo") is None:
        own = select(func.count()).select_from(Procedure).where(Procedure.origin != "starter")
        tables = (select(func.count()).select_from(table) for table in (Inbox, Conversation, WebSession, Agency))
        if any(session.scalar(count) for count in (own, *tables)):
            raise Refusal(
                "this database has data and is no demo; --demo needs an empty one (set DATABASE_URL to another)"
            )
        session.add(Meta(key="demo", value="yes"))
    office.bring_in(session, office.read(OFFICE))


def sample(session: Session, keys: Keys, now: datetime) -> None:
    """File the sample's dossiers, once."""
    for code, procedure, statuses in SAMPLE:
        if find(session, code) is not None:
            continue
        hand = Hand(session, keys, "demo", now - timedelta(days=2))
        due, agency = now + timedelta(days=3), "H99.15"
        opening.create(
            hand,
            Filing(code=code, procedure_code=procedure, agency_code=agency, applicant=Person(phone=_PHONE), due_at=due),
        )
        for number, status in enumerate(statuses):
            lifecycle.transition(Hand(session, keys, "demo", now - timedelta(days=1 - number)), code, status)


def with_key(settings: Settings) -> Settings:
    """The settings with the demo's own key, kept in the state folder."""
    if settings.data_key.get_secret_value():
        return settings
    path = settings.state_dir / "demo.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode())
    return settings.model_copy(update={"data_key": SecretStr(path.read_text().strip())})
