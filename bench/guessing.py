"""Guessed dossier codes and guessed digits by the hundred thousand: what strangers learn, and what it costs us.

Guessers come as accounts of a platform, each asking for one code after another and then trying four digits for what it
was shown; of each fifty codes asked for one is there. The clock moves on by a minute for each account.
"""

from __future__ import annotations

import random
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bench.databases import SQLITE, opened
from bench.tables import Table
from services import retention
from services.db.following import LookupDay, LookupRate, LookupTry
from services.db.session import Database, unit
from services.dossiers import opening, receipts
from services.dossiers.facade import Dossiers
from services.dossiers.hand import Hand
from services.dossiers.opening import Filing
from services.dossiers.personal import Person
from services.dossiers.views import Public
from services.keys import Keys
from services.refusal import Refused

_KEYS = Keys.read("Z3Vlc3NpbmcgZm9yIHRoZSBiZW5jaG1hcmsgb25seS4=")
_DOSSIERS, _KNOWN_IN = 200, 50
_EACH = 100
"""Guesses of one account."""


class _Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


def run(guesses: int = 20_000, seed: int = 1) -> Table:
    """`guesses` look-ups, and as many tries of digits as they allow."""
    table = Table(
        f"{guesses:,} guessed codes, {SQLITE}",
        ("guesses", "shown", "refused", "digits tried", "opened", "by luck", "rows left", "ms each", "last tenth"),
    )
    rng, clock = random.Random(seed), _Clock()
    with (
        tempfile.TemporaryDirectory(prefix="bench-guessing-") as folder,
        opened(SQLITE, Path(folder)) as url,
        closing(Database(url)) as db,
    ):
        codes, one_time = _dossiers(db, clock)
        shown = refused = tried = opened_by = 0
        times: list[float] = []
        for who in range(1, guesses // _EACH + 1):
            began = time.perf_counter()
            with unit(db) as session:
                known = Dossiers(session, clock, _KEYS)
                seen = [known.public(who, _guess(rng)) for _ in range(_EACH)]
                found = [one.code for one in seen if isinstance(one, Public)]
                refused += sum(isinstance(one, Refused) for one in seen)
                answers = [known.prove(who, one, f"{rng.randrange(10_000):04d}") for one in found for _ in range(5)]
                shown, tried = shown + len(found), tried + sum(not _closed(one) for one in answers)
                opened_by += sum(isinstance(one, str) for one in answers)
            times.append((time.perf_counter() - began) / _EACH * 1000)
            clock.moment += timedelta(minutes=1)
            if who % 500 == 0:
                with unit(db) as session:
                    retention.erase_due(session, clock.now())
        with unit(db) as session:
            retention.erase_due(session, clock.now())
            rows = sum(session.scalar(select(func.count()).select_from(one)) or 0
                       for one in (LookupTry, LookupDay, LookupRate))  # fmt: skip
            owner = Dossiers(session, clock, _KEYS).prove(guesses, codes[0], one_time)
    tenth = len(times) // 10 or 1
    table.add(
        f"{guesses:,}", shown, f"{refused:,}", tried, opened_by, f"{tried * 2 / 10_000:.1f}", f"{rows:,}",
        f"{sum(times) / len(times):.2f}", f"{sum(times[-tenth:]) / tenth:.2f}",
    )  # fmt: skip
    table.goal("no more is opened than luck opens", opened_by <= 3 * (tried * 2 / 10_000) + 3)
    table.goal("the owner's one-time code works all the same", owner == codes[0])
    return table


def _guess(rng: random.Random) -> str:
    return f"H45.15-261120-{rng.randrange(_DOSSIERS * _KNOWN_IN):05d}"


def _closed(answer: str | Refused) -> bool:
    return isinstance(answer, Refused) and answer.key in ("locked", "digits-closed")


def _dossiers(db: Database, clock: _Clock) -> tuple[list[str], str]:
    """Dossiers with owners, and the one-time code on the receipt of the first."""
    codes = [f"H45.15-261120-{number * _KNOWN_IN:05d}" for number in range(_DOSSIERS)]
    with unit(db) as session:
        hand = Hand(session, _KEYS, "staff:1", clock.now())
        for number, code in enumerate(codes):
            person = Person("", f"09{number * 7919 % 10**8:08d}", f"0011900{number * 104729 % 10**5:05d}")
            opening.create(hand, Filing(procedure_code="1.001193", agency_code="H45.15", code=code, applicant=person))
        issued = receipts.issue(hand, codes[0])
        assert not isinstance(issued, Refused)
    return codes, issued.code
