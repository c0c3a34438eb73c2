"""`verify CODE`: a pre-submission's receipt of arrival with its files, or a dossier's chain of events; offline."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from sqlalchemy.orm import Session

from bot.cli.refusal import Refusal
from bot.cli.serving import keys_of
from bot.settings import Settings
from services.db.session import Database, reading
from services.dossiers import chain
from services.dossiers.codes import find
from services.dossiers.hand import HOME
from services.files.store import FolderStore
from services.keys import Keys
from services.presubmissions import arrival, codes
from services.presubmissions.arrival import Proof
from services.refusal import Refused


def add(commands: Any) -> None:
    """Add the command."""
    verify = commands.add_parser(
        "verify", help="check a pre-submission's receipt and its files, or a dossier's chain of events, offline"
    )
    verify.add_argument("code")
    verify.set_defaults(run=run_verify)


def run_verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check what the code names; exit 1 and a line for each thing that is not as it was."""
    keys, code = keys_of(settings), codes.normalise(arguments.code)
    db = Database(settings.database_url)
    try:
        with reading(db) as session:
            if code is None:
                return _chain(session, keys, arguments.code)
            store = FolderStore(settings.state_dir / "files", keys)
            return _receipt(code, arrival.check(session, keys, store, code))
    finally:
        db.close()


def _receipt(code: str, found: Proof | Refused) -> int:
    """What a receipt proves today, paper by paper: unlike in a chat, whoever sits at the machine may read it all."""
    if isinstance(found, Refused):
        if found.key == "receipt-none":
            raise Refusal(f"there is no receipt of {code}")
        raise Refusal(f"{code}: the receipt is not what was sealed")
    said = f"{code} round {found.round}, received {found.at.astimezone(HOME):%H:%M %d/%m/%Y}"
    if found.erased_at is not None:
        said += f": the files were erased on {found.erased_at.astimezone(HOME):%d/%m/%Y}"
    elif not found.lost:
        said += ": every file is as it was received"
    print(said)
    for title, how, pages, digests in found.papers:
        print(f"{title}: {pages} page{'' if pages == 1 else 's'}, {' '.join(digests)}" if pages else f"{title}: {how}")
    print(f"receipt code {found.mark}")
    for title in found.lost:
        print(f"{code}: lost or changed since it was received: {title}", file=sys.stderr)
    return 1 if found.lost else 0


def _chain(session: Session, keys: Keys, typed: str) -> int:
    code = find(session, typed)
    if code is None:
        raise Refusal(f"there is no dossier {typed}")
    broken = chain.verify(session, keys, code)
    for one in broken:
        print(f"{one.code} event {one.seq}: {one.why}", file=sys.stderr)
    if not broken:
        print(f"{code}: every event is as it was sealed")
    return 1 if broken else 0
