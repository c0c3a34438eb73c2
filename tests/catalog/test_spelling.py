"""Misspelt syllables are repaired in the light of their neighbours; right ones are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.index import Entry, Postings
from services.catalog.spelling import Speller, telex, vni

TITLES = (
    "Đăng ký khai sinh",
    "Đăng ký khai tử",
    "Đăng ký kết hôn",
    "Đăng ký lại khai sinh",
    "Đăng ký tạm trú",
    "Đăng ký thường trú",
    "Cấp lại thẻ căn cước",
    "Cấp giấy phép xây dựng",
    "Chứng thực bản sao từ bản chính",
    "Tách hộ khẩu",
)
ENTRIES = [Entry(code=f"1.{number:06}", name=name) for number, name in enumerate(TITLES * 3)]


@pytest.fixture(scope="module")
def speller() -> Speller:
    postings = Postings.build(ENTRIES)
    return Speller(postings.vocabulary, postings.counts, postings.together)


def best(speller: Speller, text: str) -> str:
    """`text` with the likeliest repair of every word that is not known."""
    stems = text.split()
    repaired = list(stems)
    for repair in reversed(speller.repair(stems, [True] * len(stems))):
        if not speller.known(stems[repair.place]):
            repaired[repair.place] = " ".join(repair.syllables)
    return " ".join(repaired)


@pytest.mark.parametrize(
    ("keys", "read"),
    [
        ("ddawng", "dang"), ("kys", "ky"), ("huowngs", "huong"), ("daanx", "dan"), ("giaays", "giay"), ("laij", "lai"),
        ("thuwowngf", "thuong"), ("hooj", "ho"), ("khaaur", "khau"), ("ow", "o"), ("dang", "dang"), ("", ""),
    ],
)  # fmt: skip
def test_telex(keys: str, read: str) -> None:
    assert telex(keys) == read


@pytest.mark.parametrize(("keys", "read"), [("d9a8ng", "dang"), ("ky1", "ky"), ("ta5m", "tam"), ("2025", "2025")])
def test_vni(keys: str, read: str) -> None:
    assert vni(keys) == read


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dang ki kahi sinh", "dang ki khai sinh"),
        ("ddawng kys khai sinh", "dang ki khai sinh"),
        ("dangki ket hon", "dang ki ket hon"),
        ("cap lai the can cuocc", "cap lai the can cuoc"),
        ("chung thuc ban soa tu ban chinh", "chung thuc ban sao tu ban chinh"),
        ("giay phep xay dugn", "giay phep xay dung"),
        ("thuwowngf tru", "thuong tru"),
        ("dang ki tam tru", "dang ki tam tru"),
    ],
)
def test_repair_in_context(speller: Speller, typed: str, meant: str) -> None:
    assert best(speller, typed) == meant


def test_split(speller: Speller) -> None:
    assert speller.split("capgiayphep") == ("cap", "giay", "phep")
    assert speller.split("xyzxyz") == ()


@given(st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=30), max_size=80))
def test_repair_never_raises(said: list[str]) -> None:
    postings = Postings.build(ENTRIES)
    repairs = Speller(postings.vocabulary, postings.counts, postings.together).repair(said, [True] * len(said))
    assert all(0 <= repair.place < len(said) and 0 < repair.trust <= 1 and repair.syllables for repair in repairs)


@given(st.text(), st.text())
def test_decoders_are_total(one: str, other: str) -> None:
    assert isinstance(telex(one) + vni(other), str)
