"""The tables of places: what exists today, and what it was before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["province", "city", "commune", "ward", "zone"]

_DATA = Path(__file__).parent / "data"
_LEVELS: dict[str, Level] = {
    "Tỉnh": "province",
    "Thành phố": "city",
    "Xã": "commune",
    "Phường": "ward",
    "Đặc khu": "zone",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A province or a commune that exists today.

    `code` has 2 digits for a province, 5 for a commune; `name` begins with its kind ("Phường Ba Đình"). `former` are
    the units of before that went into it, wholly or in part: "Xã X, Huyện Y, Tỉnh Z", for a province "Tỉnh Z".
    """

    code: str
    name: str
    level: Level
    province_code: str
    province_name: str
    former: tuple[str, ...]

    @property
    def line(self) -> str:
        """How it stands in an address: "Phường Ba Đình, Thành phố Hà Nội"; a province is its name."""
        return self.name if self.code == self.province_code else f"{self.name}, {self.province_name}"


@dataclass(frozen=True, slots=True)
class Former:
    """A commune as it was: `district` is empty where only its kind changed, `name` where a district had no communes.
    `codes` are the communes that it became, the one with its largest part first."""

    name: str
    district: str
    province: str
    codes: tuple[str, ...]

    @property
    def line(self) -> str:
        """How it stood in an address: "Xã X, Huyện Y, Tỉnh Z"."""
        return ", ".join(part for part in (self.name, self.district, self.province) if part)


class Table:
    """Everything in `services/places/data`, read once."""

    def __init__(self) -> None:
        """Read the tables, in some tens of milliseconds."""
        self.former = [
            Former(name, district, province, tuple(codes.split(",")))
            for province, district, units in _rows("former.tsv")
            for name, _, codes in (unit.partition("=") for unit in units.split("|"))
        ]
        """The units of before 01/07/2025, and the ones whose name or kind changed since."""
        by_line = {unit.line: unit for unit in self.former}
        self.earlier = [
            (by_line[f"{name}, {district}, {province}"], keys.split("|"))
            for province, district, name, keys in _rows("earlier.tsv")
        ]
        """Units that had gone into a commune before 2025: that commune, and kind and folded name of each."""
        gone: dict[str, list[str]] = defaultdict(list)
        for unit in self.former:
            line = unit.line
            for code in unit.codes:
                gone[code].append(line)
        self.places: dict[str, Place] = {}
        self.provinces: list[Place] = []
        self.communes: dict[str, list[Place]] = {}
        for code, name, before in _rows("provinces.tsv"):
            place = Place(code, name, _level(name), code, name, tuple(before.split("|")))
            self.places[code] = place
            self.provinces.append(place)
            self.communes[code] = []
        for code, name, of in _rows("communes.tsv"):
            place = Place(code, name, _level(name), of, self.places[of].name, tuple(gone[code]))
            self.places[code] = place
            self.communes[of].append(place)


def _level(name: str) -> Level:
    return next(level for kind, level in _LEVELS.items() if name.startswith(kind))


def _rows(name: str) -> Iterator[list[str]]:
    for line in (_DATA / name).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")
