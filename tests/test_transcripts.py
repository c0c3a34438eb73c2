"""Every transcript, on every channel's limits; on PostgreSQL too.

On PostgreSQL `make test` plays a whole story of every folder; `make slow` plays the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.profiles import PROFILES
from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.phone import Phone
from tests.kit.transcript import Player, agree, joined, read, write

FOLDER = Path(__file__).parent / "transcripts"
KINDS = [(profile, "sqlite") for profile in PROFILES] + [("telegram", "postgresql")]
WITH_BUTTONS = ("telegram", "web")
"""Where the transcripts in `buttons/` are played: they press buttons that only these platforms show."""
STORIES = {
    "ask/hoi-tiep", "machine/tra-loi", "person/giua-luc-dang-hoi", "prepare/khai-sinh", "desk/nghi-va-chuyen",
    "buttons/xem-ho-so", "track/theo-doi", "track/cac-buoc", "after/den-han",
}  # fmt: skip
"""Whole stories of the folders; in those of the last two another program writes."""
FILES = sorted(FOLDER.glob("**/*.txt"))


def named(path: Path) -> str:
    return str(path.relative_to(FOLDER).with_suffix(""))


def waits(path: Path, kind: str) -> bool:
    """Whether this is left to `make slow`."""
    return kind == "postgresql" and named(path) not in STORIES


PLAYS = [
    pytest.param(
        path, profile, kind, id=f"{named(path)}-{profile}-{kind}",
        marks=[pytest.mark.slow] if waits(path, kind) else [],
    )
    for path in FILES
    for profile, kind in KINDS
    if path.parent.name != "buttons" or profile in WITH_BUTTONS
]  # fmt: skip


def test_every_folder_is_played_on_postgresql_at_once() -> None:
    assert {path.parent for path in FILES if not waits(path, "postgresql")} == {path.parent for path in FILES}
    assert {named(path) for path in FILES} >= STORIES


@pytest.mark.parametrize(("path", "profile", "kind"), PLAYS)
async def test_transcript(path: Path, profile: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    clock = FakeClock()
    phone = Phone(profile, clock)
    house = await House.open(new_database(kind, tmp_path), tmp_path, {("phone", "default"): phone}, clock)
    lines, tail = read(path)
    assert lines, "an empty transcript tests nothing"
    try:
        player = Player(house, phone)
        for number, line in enumerate(lines, 1):
            answered = await player.play(line)
            if request.config.getoption("--rewrite"):
                line.expected = joined(line.expected, answered, buttons=player.buttons)
            elif not agree(line.expected, answered, buttons=player.buttons):
                assert answered == line.expected, f"line {number}: {line.who}{line.sign} {line.text}"
        await player.guarded()
    finally:
        await house.close()
    if request.config.getoption("--rewrite"):
        write(path, lines, tail)
