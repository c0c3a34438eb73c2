"""Every transcript, on every channel's limits; on PostgreSQL too."""

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
PLAYS = [
    pytest.param(path, profile, kind, id=f"{path.relative_to(FOLDER).with_suffix('')}-{profile}-{kind}")
    for path in sorted(FOLDER.glob("**/*.txt"))
    for profile, kind in KINDS
    if path.parent.name != "buttons" or profile in WITH_BUTTONS
]


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
