"""Writes the tables of `services/places/data` anew, after a decree has changed provinces or communes.

    python bench/make_places.py PROVINCES.csv COMMUNES.csv VIETNAMADMINUNITS

PROVINCES.csv (`code,name`) and COMMUNES.csv (`code,name,province_code`) list today's units with the codes of the
National Statistics Office; any export of the open `vietnamese-provinces-database` serves. VIETNAMADMINUNITS is the
unpacked package of that name (PyPI, 1.0.4, MIT): what there was before 01/07/2025, and what it became. Only facts are
taken (codes, names, which became which) and restated in the form that `services/places/table.py` reads.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

OUT = Path(__file__).parent.parent / "services" / "places" / "data"
_TYPES = ("Thành phố", "Tỉnh", "Phường", "Xã", "Đặc khu")
_LATE_TONE = re.compile("(?<![qQ])(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?![a-zà-ỹ])", re.IGNORECASE)
_TONES = "\u0300\u0301\u0303\u0309\u0323"

Old = tuple[str, str, str]
"""Province, district, commune: the commune is empty for the five island districts that had none."""


def spelled(name: str) -> str:
    """`name` as the resolutions write it: NFC, the tone on the first vowel ("Hòa", "Thụy"), a capital first."""

    def earlier(found: re.Match[str]) -> str:
        first, second = found[0][0], found[0][1]
        plain = unicodedata.normalize("NFD", second)
        tone = next(char for char in plain if char in _TONES)
        return unicodedata.normalize("NFC", first + tone + plain.replace(tone, ""))

    name = " ".join(unicodedata.normalize("NFC", name).replace("’", "'").split())
    return _LATE_TONE.sub(earlier, name[:1].upper() + name[1:])


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def successors(package: Path) -> tuple[dict[Old, list[str]], dict[str, str]]:
    """What each former commune became (names of province and commune joined by a tab, the largest part first), and
    the names of the communes as they were in 2025, by code."""
    base = sqlite3.connect(f"file:{package / 'data' / 'dataset.db'}?mode=ro", uri=True)
    old: dict[str, Old] = {}
    for row in base.execute(
        "SELECT provinceKey, districtKey, wardKey, province, district, ward FROM admin_units_legacy"
    ):
        old["_".join(part or "" for part in row[:3])] = (row[3], row[4], row[5] or "")
    new: dict[tuple[str, str], str] = {}
    names: dict[str, str] = {}
    for pkey, wkey, province, ward, code in base.execute(
        "SELECT provinceKey, wardKey, province, ward, wardCode FROM admin_units"
    ):
        new[pkey, wkey] = f"{spelled(province)}\t{spelled(ward)}"
        names[code] = spelled(ward)
    base.close()
    told = json.loads((package / "data" / "converter_2025.json").read_text("utf-8"))
    found: dict[Old, list[str]] = defaultdict(list)
    for pkey, communes in told["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for wkey, formers in communes.items():
            for key in formers:
                found[old[key]].append(new[pkey, wkey])
    for pkey, divided in told["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, parts in divided.items():
            for part in sorted(parts, key=lambda part: not part["isDefaultNewWard"]):
                found[old[key]].append(new[pkey, part["newWardKey"]])
    missing = sorted(set(old.values()) - set(found))
    if missing:
        print(f"without a successor: {len(missing)}: {missing[:5]}", file=sys.stderr)
    return found, names


_ANNOUNCED = {"phuong": "ward", "xa": "commune", "thitran": "town"}


def earlier(package: Path) -> dict[Old, list[str]]:
    """Names that went into a commune of 2025 by earlier mergers, folded and without blanks, as the package has them;
    before each what kind of unit it was."""
    base = sqlite3.connect(f"file:{package / 'data' / 'dataset.db'}?mode=ro", uri=True)
    found: dict[Old, list[str]] = {}
    rows = base.execute(
        "SELECT province, district, ward, wardAlias, wardShortKey FROM admin_units_legacy WHERE wardAlias > ''"
    )
    for province, district, ward, aliases, own in rows:
        names = dict.fromkeys(json.loads(aliases))
        kinds = {
            name[len(word) :]: kind for word, kind in _ANNOUNCED.items() for name in names if name.startswith(word)
        }
        bare = [name for name in names if name not in {f"{word}{short}" for word in _ANNOUNCED for short in kinds}]
        told = {short: f"{kind} {short}" for short, kind in kinds.items() if short in names}
        keys = [told.get(name, f"commune {name}") for name in bare if name != own]
        if keys:
            found[province, district, ward] = keys
    base.close()
    return found


def main(provinces_file: Path, communes_file: Path, package: Path) -> None:
    """Write the four tables; says what does not fit together."""
    provinces = {row["code"]: spelled(row["name"]) for row in read(provinces_file)}
    communes = {row["code"]: (spelled(row["name"]), row["province_code"]) for row in read(communes_file)}
    became, names = successors(package)
    bare = re.compile("^(?:" + "|".join(_TYPES) + ") ")

    def key(province: str, commune: str) -> str:
        return f"{bare.sub('', province)}\t{bare.sub('', commune)}"

    by_name = {key(provinces[of], name): code for code, (name, of) in communes.items()}
    if len(by_name) != len(communes):
        print("two communes of one province have one name", file=sys.stderr)
    lines: dict[tuple[str, str], list[str]] = defaultdict(list)
    held: dict[str, list[str]] = defaultdict(list)
    for (province, district, commune), parts in became.items():
        codes = [by_name.get(key(*part.split("\t"))) for part in parts]
        if None in codes:
            print(f"unknown today: {parts}", file=sys.stderr)
        known = [code for code in codes if code]
        lines[spelled(province), spelled(district)].append(f"{spelled(commune)}={','.join(known)}")
        for code in known:
            if spelled(province) not in held[communes[code][1]]:
                held[communes[code][1]].append(spelled(province))
    for code, name in names.items():
        now = communes.get(code)
        if now and now[0] != name:  # the kind or the name has changed since 2025
            lines[f"Tỉnh {bare.sub('', provinces[now[1]])}", ""].append(f"{name}={code}")

    OUT.mkdir(parents=True, exist_ok=True)
    with (OUT / "provinces.tsv").open("w", encoding="utf-8") as file:
        file.write("# code, name, provinces of before 01/07/2025 joined by |\n")
        file.writelines(f"{code}\t{name}\t{'|'.join(sorted(held[code]))}\n" for code, name in sorted(provinces.items()))
    with (OUT / "communes.tsv").open("w", encoding="utf-8") as file:
        file.write("# code, name, province\n")
        for code, (name, of) in sorted(communes.items(), key=lambda item: (item[1][1], item[0])):
            file.write(f"{code}\t{name}\t{of}\n")
    with (OUT / "former.tsv").open("w", encoding="utf-8") as file:
        file.write("# province, district, communes and what they became joined by |\n")
        file.writelines(f"{p}\t{d}\t{'|'.join(sorted(units))}\n" for (p, d), units in sorted(lines.items()))
    with (OUT / "earlier.tsv").open("w", encoding="utf-8") as file:
        file.write(
            "# province, district, commune of before 01/07/2025, kinds and folded names that went into it earlier\n"
        )
        for (p, d, c), keys in sorted(earlier(package).items()):
            file.write(f"{spelled(p)}\t{spelled(d)}\t{spelled(c)}\t{'|'.join(keys)}\n")
    print(f"{len(provinces)} provinces, {len(communes)} communes, {len(became)} former communes, {len(lines)} groups")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
