"""Receipts and power cuts: a receipt is given after its files were read back; the power goes between any two writes."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

from bench.cut_disk import CutDisk, PowerCut
from bench.tables import Table
from services.files.store import FolderStore, Missing, Unreadable
from services.keys import Keys

RUNS = 10_000
_FOLDER = Path("/office/files")
_KEYS = Keys.read("c3RvcmVkIGZvciB0aGUgYmVuY2htYXJrIG9ubHkgMTI=")


@dataclass(slots=True)
class Outcome:
    """What was seen over all runs."""

    cuts: int = 0
    receipts: int = 0
    files: int = 0
    broken_receipts: int = 0
    lost_files: int = 0
    undead_files: int = 0
    """Dropped, and there again after the cut."""
    torn_files: int = 0
    """Under a name that the store lists, and not to be opened."""


def run_once(seed: int, outcome: Outcome, forgets: frozenset[str] = frozenset()) -> None:
    """A few pre-submissions of one to six files, on a disk that is cut once and may be full now and then."""
    rng = random.Random(seed)
    disk = CutDisk(rng, cut_at=rng.randrange(4, 90), full=rng.choice((0.0, 0.0, 0.05)), forgets=forgets)
    kept: dict[str, str] = {}
    dropped: set[str] = set()
    receipts: list[dict[str, str]] = []
    try:
        store = FolderStore(_FOLDER, _KEYS, disk)
        for _ in range(4):
            receipt = _presubmission(store, rng, kept)
            disk.verb()
            if receipt:
                receipts.append(receipt)
            if receipts and rng.random() < 0.2:
                for key in receipts.pop():
                    kept.pop(key)  # from here on it may be gone
                    if store.drop(key):
                        dropped.add(key)
    except PowerCut:
        outcome.cuts += 1
    found = FolderStore(_FOLDER, _KEYS, disk.back())
    outcome.receipts += len(receipts)
    outcome.files += len(kept)
    for receipt in receipts:
        outcome.broken_receipts += any(not _reads(found, key, digest) for key, digest in receipt.items() if key in kept)
    outcome.lost_files += sum(not _reads(found, key, digest) for key, digest in kept.items())
    listed = set(found.keys())
    outcome.undead_files += len(dropped & listed)
    outcome.torn_files += sum(not _reads(found, key, None) for key in listed)


def _presubmission(store: FolderStore, rng: random.Random, kept: dict[str, str]) -> dict[str, str]:
    """Puts the files, reads every one back, and only then makes the receipt; none when the disk was full."""
    receipt = {}
    for _ in range(rng.randint(1, 6)):
        content = rng.randbytes(rng.randint(0, 200))
        try:
            key = store.put(content)
        except OSError:
            return {}
        kept[key] = receipt[key] = hashlib.sha256(content).hexdigest()
    return receipt if all(_reads(store, key, digest) for key, digest in receipt.items()) else {}


def _reads(store: FolderStore, key: str, digest: str | None) -> bool:
    try:
        content = store.get(key)
    except (Missing, Unreadable, OSError):
        return False
    return digest is None or hashlib.sha256(content).hexdigest() == digest


def experiment(runs: int, forgets: frozenset[str] = frozenset()) -> Outcome:
    """`runs` runs, each with a seed of its own."""
    outcome = Outcome()
    for seed in range(runs):
        run_once(seed, outcome, forgets)
    return outcome


def run() -> Table:
    """The figure, and beside it two stores that forget to sync, which must be found out."""
    table = Table(
        f"power cuts, {RUNS:,} runs", ("store", "cuts", "files", "receipts", "broken", "lost", "undead", "torn")
    )
    for name, runs, forgets in (
        ("as it is", RUNS, ()), ("file not synced", 500, ("sync",)), ("folder not synced", 500, ("sync_folder",)),
    ):  # fmt: skip
        seen = experiment(runs, frozenset(forgets))
        bad = seen.broken_receipts + seen.lost_files + seen.undead_files + seen.torn_files
        table.add(
            name, seen.cuts, seen.files, seen.receipts,
            seen.broken_receipts, seen.lost_files, seen.undead_files, seen.torn_files,
        )  # fmt: skip
        table.goal(f"{name}: nothing lost" if not forgets else f"{name}: found out", (bad == 0) == (not forgets))
    return table
