"""The kinds of answers that forms ask for, each with its check. Pure: knows neither chat nor form.

A check takes what was typed, what is known and today's date, and gives `Good` or `Refused`. It never raises. All keys
of refusals and warnings stand in `services.fields.keys`, with what they mean.
"""

from __future__ import annotations

from services.fields.address import check_address
from services.fields.base import Check, Checked, Field, Good
from services.fields.dates import check_birth_date, check_date
from services.fields.keys import REFUSALS, WARNINGS
from services.fields.people import check_id_number, check_name, check_phone, check_sex
from services.fields.plain import check_choice, check_money, check_number, check_text, check_yes_no, choices
from services.refusal import Refused

__all__ = ["FIELDS", "REFUSALS", "WARNINGS", "Check", "Checked", "Field", "Good", "Refused", "choices"]

FIELDS: dict[str, Field] = {
    field.kind: field
    for field in (
        Field("name", check_name),
        Field("id_number", check_id_number, ("birth_date", "sex")),
        Field("phone", check_phone),
        Field("birth_date", check_birth_date, ("id_number",)),
        Field("date", check_date),
        Field("sex", check_sex, ("id_number",)),
        Field("address", check_address, ("within",)),
        Field("text", check_text, ("most",)),
        Field("number", check_number, ("least", "most")),
        Field("money", check_money),
        Field("yes_no", check_yes_no),
        Field("choice", check_choice, ("choices",)),
    )
}
"""Every kind of answer by its name."""
