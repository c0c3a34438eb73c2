"""Whatever is typed: a check answers, its keys are listed, and what it shows is taken again as the same value."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import places
from services.fields import FIELDS, REFUSALS, WARNINGS, Good

TODAY = date(2026, 11, 22)
CHOICES = "own=Nhà của mình\nrent=Nhà thuê\nstay=Ở nhờ"

anything = st.text(max_size=300)
digits = st.text("0123456789 .,-/+", max_size=30)
dates = st.builds(
    "{}{}{}{}{}".format,
    st.integers(0, 40),
    st.sampled_from("/-. "),
    st.integers(0, 14),
    st.sampled_from("/-. "),
    st.sampled_from([0, 5, 26, 27, 90, 1890, 1990, 2024, 2026, 2030, 9999]),
)
WORDS = """nguyễn VĂN h'hen ß ǆ Ý á tháng năm ngày 5 k tr tỷ rưỡi triệu có không nam nữ phường xã huyện
tỉnh Hòa Bình Bắc Hà , - | . 12 Lê Lợi Hà Nội TP HCM cũ 00004 1,5 1.200 đ"""
words = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join)
known = st.fixed_dictionaries(
    {},
    optional={
        "birth_date": st.one_of(anything, st.just("1990-03-05")),
        "sex": st.sampled_from(["male", "female", "", "x"]),
        "id_number": st.one_of(digits, st.just("001190098765")),
        "choices": st.one_of(st.just(CHOICES), anything),
        "least": digits,
        "most": digits,
        "within": st.sampled_from(["", "01", "79", "zz"]),
    },
)


@pytest.mark.parametrize("kind", list(FIELDS))
@settings(max_examples=120, deadline=None)
@given(typed=st.one_of(anything, digits, dates, words), known=known)
def test_every_answer_is_answered(kind: str, typed: str, known: dict[str, str]) -> None:
    found = FIELDS[kind].check(typed, known, TODAY)
    if not isinstance(found, Good):
        assert found.key in REFUSALS
        wanted = {name for name in ("most", "least", "count", "year", "given", "now", "day") if name in found.args}
        assert all(f"{{{name}}}" in REFUSALS[found.key] for name in wanted)
        return
    assert found.value
    assert found.warning == "" or found.warning in WARNINGS
    if kind == "choice" and known["choices"] != CHOICES:
        return  # two labels may be the same in choices that nobody would offer
    again = FIELDS[kind].check(found.shown, known, TODAY)
    assert isinstance(again, Good)
    assert (again.value, again.shown) == (found.value, found.shown)


@pytest.mark.parametrize("kind", ["name", "id_number", "phone", "birth_date", "date", "number", "address", "choice"])
@settings(max_examples=60, deadline=None)
@given(typed=st.one_of(digits, dates, words))
def test_what_is_kept_is_taken_again(kind: str, typed: str) -> None:
    found = FIELDS[kind].check(typed, {"choices": CHOICES}, TODAY)
    if isinstance(found, Good) and not (kind == "number" and "." in found.value):
        again = FIELDS[kind].check(found.value, {"choices": CHOICES}, TODAY)
        assert isinstance(again, Good)
        assert again.value == found.value


@settings(max_examples=300, deadline=None)
@given(st.dates(date(1900, 1, 1), TODAY))
def test_every_day_is_read_as_it_is_shown(day: date) -> None:
    for typed in (
        day.isoformat(),
        f"{day.day}/{day.month}/{day.year}",
        f"ngày {day.day} tháng {day.month} năm {day.year}",
    ):
        assert FIELDS["birth_date"].check(typed, {}, TODAY) == Good(
            day.isoformat(), f"{day.day:02}/{day.month:02}/{day.year}"
        )


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**15))
def test_every_amount_is_read_as_it_is_shown(amount: int) -> None:
    found = FIELDS["money"].check(str(amount), {}, TODAY)
    assert isinstance(found, Good)
    assert found.value == str(amount)
    again = FIELDS["money"].check(found.shown, {}, TODAY)
    assert isinstance(again, Good)
    assert again.value == found.value


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([place for of in places.provinces() for place in places.communes(of.code)]), words)
def test_every_commune_with_anything_before_it_is_an_address(place: places.Place, detail: str) -> None:
    found = FIELDS["address"].check(f"{place.code}|{detail}", {}, TODAY)
    assert isinstance(found, Good)
    assert found.shown.endswith(place.line)
    again = FIELDS["address"].check(found.shown, {}, TODAY)
    assert isinstance(again, Good)
    assert again.value == found.value
