"""Every key that a check may give, and what its text has to say. The texts themselves are not here."""

from __future__ import annotations

REFUSALS: dict[str, str] = {
    "name-empty": "no letters; example of a full name",
    "name-long": "longer than {most} characters; only the full name is wanted",
    "name-digits": "digits in a name",
    "name-signs": "signs, emoji or letters that are not Latin in a name; as on the identity card",
    "id-not-digits": "not digits; the 12 digits on the front of the identity card",
    "id-old": "the 9 digits of the former card, which has no conversion; the 12 digits of the identity card or in the "
    "national application",
    "id-length": "{given} digits instead of 12",
    "id-all-same": "twelve times the same digit",
    "id-born-mismatch": "the number belongs to somebody born in {year}, the birth date given says otherwise",
    "id-sex-mismatch": "the number belongs to the other sex than the one given",
    "id-future": "the number's year of birth {year} is still to come",
    "phone-not-digits": "not digits, or a number of another country; example of a mobile number",
    "phone-old": "a number of before 2018; {now} is what it became, offer it",
    "phone-malformed": "too short, too long, or no prefix of Việt Nam; a mobile number has 10 digits",
    "date-empty": "nothing; example of a date",
    "date-lunar": "a lunar date; the date of the calendar, as on the papers",
    "date-year-only": "only a year; day and month too",
    "date-year-missing": "day and month without a year",
    "date-day-missing": "month and year without a day",
    "date-impossible": "no such day (31/02), or month before day; day, month, year",
    "date-unreadable": "no date; example",
    "date-far": "the year {year} is before 1900 or far ahead",
    "birth-future": "the birth date {day} is still to come",
    "birth-too-old": "the year {year} is more than 130 years ago",
    "birth-id-mismatch": "the identity number given belongs to somebody born in {year}",
    "sex-unclear": "neither male nor female; as on the papers",
    "sex-id-mismatch": "the identity number given belongs to the other sex",
    "address-empty": "nothing; house number, street or hamlet, commune, province",
    "address-long": "longer than {most} characters before the commune",
    "address-unknown": "no commune found; commune and province, former names will do",
    "address-no-commune": "only the province {province} (its `code`); the commune too",
    "address-several": "{count} communes may be meant (`codes`, likeliest first; `detail` is what stands before): "
    "offer them; an answer 'code|detail' is taken",
    "text-empty": "nothing was written",
    "text-long": "longer than {most} characters",
    "number-unreadable": "no number in digits; example",
    "number-ambiguous": "'1,200' may be 1200 or 1.2; 1200 without a sign, or at most two decimals",
    "number-small": "less than {least}",
    "number-large": "more than {most}",
    "money-unreadable": "no amount; examples 500.000 or 2 triệu",
    "money-foreign": "another currency; the amount in đồng",
    "money-large": "more than a million billion đồng",
    "yes-no-unclear": "neither yes nor no",
    "choice-unknown": "none of the {count} choices; a number from 1 to {count}",
    "choice-several": "the beginning of {count} choices; a number",
}
"""Refusals: what is wrong and what the example shows. {names} are the variables of the text."""

WARNINGS: dict[str, str] = {
    "name-one-word": "a name of one word: is it the full name on the papers?",
    "name-sentence": "it sounds like a sentence: is it really the name?",
    "name-no-diacritics": "no diacritics at all: is that how the name stands on the papers?",
    "id-place-unknown": "the first three digits are no known place of birth: is the number right?",
    "phone-landline": "a landline takes no messages: a mobile number if there is one",
    "date-year-guessed": "the year had two digits: is the one shown right?",
    "address-renamed": "a unit of before was named: this is what it is called today, is it right?",
    "address-guessed": "a name was unfinished or misspelt: is this the commune?",
    "address-without-street": "no house number, street or hamlet",
    "money-small": "less than 1,000 đồng: were thousands meant?",
}
"""Warnings: the answer stands, the person looks again."""
