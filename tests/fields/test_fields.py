"""The checks of form answers: what is taken, how it is kept and shown, and why something is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from services.fields import FIELDS, REFUSALS, WARNINGS, Good, Refused

TODAY = date(2026, 11, 22)


def check(kind: str, typed: str, known: Mapping[str, str] | None = None) -> Good | Refused:
    return FIELDS[kind].check(typed, known or {}, TODAY)


@pytest.mark.parametrize(
    ("kind", "typed", "value", "shown", "warning"),
    [
        ("name", "nguyễn thị hòa", "Nguyễn Thị Hòa", "Nguyễn Thị Hòa", ""),
        ("name", "  NGUYỄN   VĂN AN ", "Nguyễn Văn An", "Nguyễn Văn An", ""),
        ("name", "Nguyễn văn An", "Nguyễn văn An", "Nguyễn văn An", ""),
        ("name", "Nguye\u0302\u0303n An", "Nguyễn An", "Nguyễn An", ""),
        ("name", "h’hen niê", "H'Hen Niê", "H'Hen Niê", ""),
        ("name", "\u200bĐỗ Y", "Đỗ Y", "Đỗ Y", ""),
        ("name", "Sùng", "Sùng", "Sùng", "name-one-word"),
        ("name", "A-LÊ-XĂNG CAO", "A-Lê-Xăng Cao", "A-Lê-Xăng Cao", ""),
        ("name", "ủa sao kì vậy", "Ủa Sao Kì Vậy", "Ủa Sao Kì Vậy", "name-sentence"),
        ("name", "Tôn Nữ Thị Ngọc Cần", "Tôn Nữ Thị Ngọc Cần", "Tôn Nữ Thị Ngọc Cần", ""),
        ("name", "nguyen van a", "Nguyen Van A", "Nguyen Van A", "name-no-diacritics"),
        ("id_number", "CCCD số: 001190098765", "001190098765", "001190098765", ""),
        ("phone", "sđt 0912345678 (nhà)", "0912345678", "0912 345 678", ""),
        ("birth_date", "dạ 5/3/1990 ạ", "1990-03-05", "05/03/1990", ""),
        ("sex", "nam ạ", "male", "Nam", ""),
        ("money", "2 tỉ 3", "2300000000", "2.300.000.000 đ", ""),
        ("yes_no", "dạ không ạ", "no", "Không", ""),
        ("yes_no", "tôi đồng ý", "yes", "Có", ""),
        ("id_number", "001 190 098 765", "001190098765", "001190098765", ""),
        ("id_number", "102085012345", "102085012345", "102085012345", "id-place-unknown"),
        ("phone", "+84 912.345.678", "0912345678", "0912 345 678", ""),
        ("phone", "024 3825 1234", "02438251234", "024 3825 1234", "phone-landline"),
        ("phone", "02363 822 333", "02363822333", "0236 382 2333", "phone-landline"),
        ("birth_date", "5/3/1990", "1990-03-05", "05/03/1990", ""),
        ("birth_date", "05-03-90", "1990-03-05", "05/03/1990", "date-year-guessed"),
        ("birth_date", "5 tháng 3 năm 1990", "1990-03-05", "05/03/1990", ""),
        ("birth_date", "Ngày 5 tháng 3, 1990", "1990-03-05", "05/03/1990", ""),
        ("birth_date", "05031990", "1990-03-05", "05/03/1990", ""),
        ("birth_date", "1990-03-05", "1990-03-05", "05/03/1990", ""),
        ("birth_date", "29/2/2024", "2024-02-29", "29/02/2024", ""),
        ("birth_date", "hôm qua", "2026-11-21", "21/11/2026", ""),
        ("birth_date", "hom nay", "2026-11-22", "22/11/2026", ""),
        ("date", "thứ Năm, 26/11/2026", "2026-11-26", "26/11/2026", ""),
        ("date", "ngày mai", "2026-11-23", "23/11/2026", ""),
        ("date", "５/３/２０２６", "2026-03-05", "05/03/2026", ""),
        ("sex", "Nam", "male", "Nam", ""),
        ("sex", "NỮ", "female", "Nữ", ""),
        ("sex", "nu", "female", "Nữ", ""),
        ("text", " xin  cấp\n\n lại ", "xin cấp\nlại", "xin cấp\nlại", ""),
        ("number", "1.200", "1200", "1.200", ""),
        ("number", "1,200,000", "1200000", "1.200.000", ""),
        ("number", "85,50", "85.5", "85,5", ""),
        ("number", "007", "7", "7", ""),
        ("money", "500.000đ", "500000", "500.000 đ", ""),
        ("money", "500,000 VND", "500000", "500.000 đ", ""),
        ("money", "500 000 đồng", "500000", "500.000 đ", ""),
        ("money", "50k", "50000", "50.000 đ", ""),
        ("money", "2tr", "2000000", "2.000.000 đ", ""),
        ("money", "1tr5", "1500000", "1.500.000 đ", ""),
        ("money", "1,5 tỷ", "1500000000", "1.500.000.000 đ", ""),
        ("money", "2 triệu rưỡi", "2500000", "2.500.000 đ", ""),
        ("money", "2 triệu 300 nghìn đồng", "2300000", "2.300.000 đ", ""),
        ("money", "2tr500k", "2500000", "2.500.000 đ", ""),
        ("money", "50", "50", "50 đ", "money-small"),
        ("money", "0", "0", "0 đ", ""),
        ("yes_no", "Có ạ", "yes", "Có", ""),
        ("yes_no", "dạ", "yes", "Có", ""),
        ("yes_no", "KO", "no", "Không", ""),
        ("yes_no", "chưa", "no", "Không", ""),
    ],
)
def test_what_is_taken(kind: str, typed: str, value: str, shown: str, warning: str) -> None:
    assert check(kind, typed) == Good(value, shown, warning)
    assert warning == "" or warning in WARNINGS


@pytest.mark.parametrize(
    ("kind", "typed", "key"),
    [
        ("name", "", "name-empty"),
        ("name", " \u200b ", "name-empty"),
        ("name", "a" * 10_000, "name-long"),
        ("name", "Nguyễn Văn 2", "name-digits"),
        ("name", "An 😀", "name-signs"),
        ("name", "Иван", "name-signs"),
        ("name", "An <script>", "name-signs"),
        ("name", "''", "name-signs"),
        ("id_number", "012345678", "id-old"),
        ("id_number", "001227098765", "id-future"),
        ("phone", "0168 888 9999", "phone-old"),
        ("phone", "+1 202 555 0100", "phone-not-digits"),
        ("birth_date", "", "date-empty"),
        ("birth_date", "31/2/1990", "date-impossible"),
        ("birth_date", "29/2/2023", "date-impossible"),
        ("birth_date", "3/25/1990", "date-impossible"),
        ("birth_date", "0/1/1990", "date-impossible"),
        ("birth_date", "23/11/2026", "birth-future"),
        ("birth_date", "ngày mai", "birth-future"),
        ("birth_date", "1/1/1890", "birth-too-old"),
        ("birth_date", "1990", "date-year-only"),
        ("birth_date", "năm 1990", "date-year-only"),
        ("birth_date", "5/3", "date-year-missing"),
        ("birth_date", "5/3/1990 âm lịch", "date-lunar"),
        ("birth_date", "03/1990", "date-day-missing"),
        ("birth_date", "tháng 3 năm 1990", "date-day-missing"),
        ("id_number", "B1234567", "id-not-digits"),
        ("phone", "0912 345 678 / 0987654321", "phone-malformed"),
        ("birth_date", "tết", "date-unreadable"),
        ("birth_date", "1" * 10_000, "date-unreadable"),
        ("date", "1/1/1850", "date-far"),
        ("date", "1/1/2126", "date-far"),
        ("sex", "khác", "sex-unclear"),
        ("text", "  \n ", "text-empty"),
        ("text", "a" * 10_000, "text-long"),
        ("text", "\u200b" * 5_000 + "a", "text-long"),
        ("yes_no", "có" + " " * 300 + "không", "yes-no-unclear"),
        ("number", "nhiều", "number-unreadable"),
        ("number", "1,200", "number-ambiguous"),
        ("number", "-3", "number-small"),
        ("money", "5 usd", "money-foreign"),
        ("money", "$5", "money-foreign"),
        ("money", "nhiều lắm", "money-unreadable"),
        ("money", "5 nghìn 2 triệu", "money-unreadable"),
        ("money", "9999999999999 tỷ", "money-large"),
        ("yes_no", "có lẽ", "yes-no-unclear"),
        ("choice", "1", "choice-unknown"),
        ("address", "", "address-empty"),
        ("address", "x" * 10_000, "address-long"),
        ("address", "qwrtp zxcvb", "address-unknown"),
        ("address", "99999", "address-unknown"),
        ("address", "Hà Nội", "address-no-commune"),
        ("address", "01", "address-unknown"),
        ("address", f"00004|{'x' * 130}", "address-long"),
    ],
)
def test_what_is_refused(kind: str, typed: str, key: str) -> None:
    found = check(kind, typed)
    assert isinstance(found, Refused), found
    assert found.key == key
    assert key in REFUSALS


def test_answers_are_compared_with_what_is_known() -> None:
    number = "001190098765"
    assert check("id_number", number, {"birth_date": "1990-05-01", "sex": "female"}) == Good(number, number)
    assert check("id_number", number, {"birth_date": "1991-05-01"}) == Refused("id-born-mismatch", {"year": 1990})
    assert check("id_number", number, {"sex": "male"}) == Refused("id-sex-mismatch")
    assert check("id_number", number, {"birth_date": "no date", "sex": "?"}) == Good(number, number)
    assert check("birth_date", "1/5/1991", {"id_number": number}) == Refused("birth-id-mismatch", {"year": "1990"})
    assert isinstance(check("birth_date", "1/5/1990", {"id_number": number}), Good)
    assert check("sex", "nam", {"id_number": number}) == Refused("sex-id-mismatch")
    assert check("sex", "nữ", {"id_number": number}) == Good("female", "Nữ")


def test_limits_come_with_the_field() -> None:
    assert check("number", "19", {"least": "20"}) == Refused("number-small", {"least": "20"})
    assert check("number", "20,5", {"most": "20"}) == Refused("number-large", {"most": "20"})
    assert check("number", "-5", {"least": "-10"}) == Good("-5", "-5")
    assert check("text", "abcdef", {"most": "5"}) == Refused("text-long", {"most": "5"})


CHOICES = {"choices": "own=Nhà của mình\nrent=Nhà thuê\nstay=Ở nhờ người thân\nother=Nhà khác"}


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1", "own"), ("nhà thuê", "rent"), ("NHA THUE", "rent"), ("rent", "rent"), ("ở nhờ", "stay"), ("4", "other")],
)
def test_choices(typed: str, value: str) -> None:
    found = check("choice", typed, CHOICES)
    assert isinstance(found, Good)
    assert found.value == value


def test_choices_that_are_none() -> None:
    assert check("choice", "5", CHOICES) == Refused("choice-unknown", {"count": "4"})
    assert check("choice", "", CHOICES) == Refused("choice-unknown", {"count": "4"})
    assert check("choice", "nhà", CHOICES) == Refused("choice-several", {"count": "3"})


@pytest.mark.parametrize(
    ("typed", "value", "shown", "warning"),
    [
        (
            "12 Lê Lợi, phường Bến Thành, TP HCM",
            "26743|12 Lê Lợi",
            "12 Lê Lợi, Phường Bến Thành, Thành phố Hồ Chí Minh",
            "",
        ),
        ("phuong bac ha ha tinh cu", None, None, "address-renamed"),
        (
            "Thôn 3, xã Bắc Hà, tỉnh Lào Cai",
            "02839|Thôn 3",
            "Thôn 3, Xã Bắc Hà, Tỉnh Lào Cai",
            "",
        ),
        ("00004", "00004", "Phường Ba Đình, Thành phố Hà Nội", "address-without-street"),
        ("00004|5 Đội Cấn", "00004|5 Đội Cấn", "5 Đội Cấn, Phường Ba Đình, Thành phố Hà Nội", ""),
        ("phường Ba Đìnhh, Hà Nội", "00004", "Phường Ba Đình, Thành phố Hà Nội", "address-guessed"),
        ("số 7 phố X, phường 5, quận 3, TP.HCM", None, None, "address-renamed"),
    ],
)
def test_addresses(typed: str, value: str | None, shown: str | None, warning: str) -> None:
    found = check("address", typed)
    assert isinstance(found, Good), found
    assert found.warning == warning
    if value is not None:
        assert (found.value, found.shown) == (value, shown)


def test_an_address_that_may_be_several_offers_them() -> None:
    found = check("address", "12 Lê Lợi, phường Hòa Bình")
    assert isinstance(found, Refused)
    assert found.key == "address-several"
    assert found.args["detail"] == "12 Lê Lợi"
    codes = found.args["codes"].split()
    assert len(codes) == int(found.args["count"]) > 1
    offered = check("address", f"{codes[0]}|{found.args['detail']}")
    assert isinstance(offered, Good)
    assert offered.shown.startswith("12 Lê Lợi, Phường Hòa Bình, ")


def test_an_address_within_one_province() -> None:
    found = check("address", "phường Hòa Bình", {"within": "79"})
    assert isinstance(found, Good)
    assert found.shown == "Phường Hòa Bình, Thành phố Hồ Chí Minh"
