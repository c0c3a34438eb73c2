"""Everybody at once: other programs, our own hand and two notifiers; nothing is lost, doubled or out of order."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from services.db.session import unit
from services.dossiers import chain, changes, lifecycle
from services.dossiers.changes import Change
from services.dossiers.hand import Hand
from tests.dossiers.office import KEYS, Office
from tests.kit.databases import Foreign

CODES = [f"X{number}" for number in range(6)]
ROUNDS = 25


def run(*works: Callable[[], None]) -> None:
    """Run all at once; the first failure of any fails the test."""
    failed: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # handed on to the test
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def test_nothing_is_lost_or_doubled(office: Office) -> None:
    for code in CODES:
        office.create(code=code)
    now = office.clock.now()
    taken: list[Change] = []
    written = threading.Event()

    def other_program(seed: int) -> None:
        chance, client = random.Random(seed), Foreign(office.db)
        for number in range(ROUNDS):
            if chance.random() < 0.3:
                client.execute(
                    "UPDATE dossiers SET applicant_phone = ? WHERE code = ?", (f"091{seed}00{number:04d}", "X0")
                )
                client.commit()
            code = chance.choice(CODES)
            client.execute(
                "UPDATE dossiers SET status = ?, holder_code = ? WHERE code = ?",
                (chance.choice([2, 4, 5, 9, 42]), f"H{seed}-{number}", code),
            )
            if chance.random() < 0.1:
                client.connection.rollback()
            else:
                client.commit()
        client.close()

    def our_hand() -> None:
        for number in range(ROUNDS):
            with unit(office.db) as session:
                hand = Hand(session, KEYS, "staff:1", now)
                lifecycle.transition(hand, CODES[number % len(CODES)], 4, note=f"lần {number}")

    def notifier() -> None:
        while True:
            last = written.is_set()
            with unit(office.db) as session:
                found = changes.take(session, KEYS, now, most=3)
            taken.extend(found.changes)
            if last and not found:
                return

    def writers() -> None:
        try:
            run(lambda: other_program(1), lambda: other_program(2), our_hand)
        finally:
            written.set()

    run(writers, notifier, notifier)
    while found := office.take():
        taken.extend(found.changes)
    with unit(office.db) as session:
        assert list(chain.verify_all(session, KEYS)) == []
    recorded = {code: [event.seq for event in office.events(code)] for code in CODES}
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in recorded.values())
    seen = sorted((change.code, change.seq) for change in taken)
    assert seen == sorted((code, seq) for code, seqs in recorded.items() for seq in seqs)
    for row in office.rows("SELECT code, holder_code, applicant_phone FROM dossiers"):
        assert row.holder_code == office.events(row.code)[-1].row.holder_code
        assert row.applicant_phone is None or row.applicant_phone.startswith("•••")
    assert office.row("SELECT count(*) FROM event_work")[0] == 0
