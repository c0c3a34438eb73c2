"""Of the procedures that may be meant, strangers are not offered."""

from __future__ import annotations

from handlers import offered


def test_the_only_one_of_its_field_is_left_out_where_the_others_agree() -> None:
    land = [("a", "Đất đai", 1.0), ("b", "Đất đai", 0.98), ("c", "Căn cước", 0.58), ("d", "Đất đai", 0.5)]
    assert offered.fitting([*land, ("e", "Thuế", 0.48)]) == ["a", "b", "d"]


def test_one_that_is_nearly_as_likely_stays() -> None:
    assert offered.fitting([("a", "x", 1.0), ("b", "x", 0.9), ("c", "y", 0.62), ("d", "x", 0.6)]) == [
        "a",
        "b",
        "c",
        "d",
    ]


def test_where_the_fields_do_not_agree_all_stay() -> None:
    mixed = [("a", "x", 1.0), ("b", "x", 0.9), ("c", "y", 0.5), ("d", "y", 0.4), ("e", "z", 0.3)]
    assert offered.fitting(mixed) == ["a", "b", "c", "d", "e"]
    assert offered.fitting([("a", "x", 1.0), ("b", "x", 0.9), ("c", "x", 0.8), ("d", "y", 0.5), ("e", "y", 0.4)]) == [
        "a", "b", "c", "d", "e",
    ]  # fmt: skip
    assert offered.fitting([]) == []
