"""Identity numbers and phones, as people type them and as they were before they changed."""

from __future__ import annotations

from datetime import date

import pytest

from services import validators
from services.refusal import Refused, refused
from services.validators import Identity

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("001190098765", Identity("001190098765", 1990, "female", True)),
        ("079085012345", Identity("079085012345", 1985, "male", True)),
        (" 001 201 098 765 ", Identity("001201098765", 2001, "male", True)),
        ("0013.2509.8765", Identity("001325098765", 2025, "female", True)),
        ("０01190098765", Identity("001190098765", 1990, "female", True)),
        ("102085012345", Identity("102085012345", 1985, "male", False)),
        ("001801098765", Identity("001801098765", 2301, "male", True)),
    ],
)
def test_identity_numbers(typed: str, expected: Identity) -> None:
    assert validators.identity_number(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "id-not-digits"),
        ("00119009876a", "id-not-digits"),
        ("١٢٣٤٥٦٧٨٩٠١٢", "id-not-digits"),
        ("012345678", "id-old"),
        ("0011900987", "id-length"),
        ("0011900987655", "id-length"),
        ("9" * 10_000, "id-length"),
        ("000000000000", "id-all-same"),
        ("001227098765", "id-future"),
    ],
)
def test_what_is_no_identity_number(typed: str, expected: str) -> None:
    result = validators.identity_number(typed, today=TODAY)
    assert isinstance(result, Refused)
    assert result.key == expected


def test_compared_with_what_is_known() -> None:
    number = "001190098765"
    assert isinstance(validators.identity_number(number, born=date(1990, 5, 1), sex="female"), Identity)
    assert validators.identity_number(number, born=date(1991, 5, 1)) == refused("id-born-mismatch", year=1990)
    assert validators.identity_number(number, sex="male") == refused("id-sex-mismatch")


def test_places_of_birth() -> None:
    assert len(validators.PLACES) == 63


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0912345678", "0912345678"),
        ("091.234.5678", "0912345678"),
        ("(091) 234-5678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("84912345678", "0912345678"),
        ("0084912345678", "0912345678"),
        ("+84 (0) 912 345 678", "0912345678"),
        ("\u200b0912 345 678", "0912345678"),
        ("0381234567", "0381234567"),
        ("0841234567", "0841234567"),
        ("024 3825 1234", "02438251234"),
        ("+84 24 3825 1234", "02438251234"),
    ],
)
def test_phones(typed: str, expected: str) -> None:
    assert validators.phone(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "phone-not-digits"),
        ("không có", "phone-not-digits"),
        ("0912345678x", "phone-not-digits"),
        ("01101234567", "phone-malformed"),
        ("0612345678", "phone-malformed"),
        ("091234567", "phone-malformed"),
        ("09123456789", "phone-malformed"),
        ("113", "phone-malformed"),
        ("+1 202 555 0100", "phone-not-digits"),
        ("0" * 10_000, "phone-malformed"),
    ],
)
def test_what_is_no_phone(typed: str, expected: str) -> None:
    assert validators.phone(typed) == refused(expected)


@pytest.mark.parametrize(
    ("typed", "now"),
    [
        ("01234567890", "0834567890"),
        ("+84 123 456 7890", "0834567890"),
        ("0168 888 9999", "0388889999"),
        ("0120.123.4567", "0701234567"),
        ("0199 1234567", "0591234567"),
        ("04 3825 1234", "02438251234"),
    ],
)
def test_phones_of_before_say_what_they_became(typed: str, now: str) -> None:
    assert validators.phone(typed) == refused("phone-old", now=now)
    assert validators.phone(now) == now


def test_landlines() -> None:
    assert validators.is_landline("02438251234")
    assert not validators.is_landline("0912345678")


def test_with_the_country_code() -> None:
    assert validators.international("0912345678") == "84912345678"
