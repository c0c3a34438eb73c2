"""What other programs send to the API of dossiers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(max_length=2000)]
Code = Annotated[str, msgspec.Meta(max_length=200)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]
Said = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^\s*[^\s\x00][^\x00]*$")]
"""A name or code that is not blank."""


EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""What lies outside was mistyped, and near the calendar's own ends it is a time in one zone and none in another."""


def sensible(moment: datetime) -> datetime:
    """A time (aware) as it was given; raises ValueError where no dossier can have it."""
    if not EARLIEST <= moment < LATEST:
        raise ValueError("a time between the years 1900 and 2200 is needed")
    return moment


class Sent(msgspec.Struct):
    """A body whose times are sensible."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if isinstance(value := getattr(self, name), datetime):
                sensible(value)


class NewDossier(Sent, forbid_unknown_fields=True, omit_defaults=True):
    """A dossier as another program files it: the columns of the shared table."""

    procedure_code: Code
    agency_code: Code
    status: int = 2
    code: Code = ""
    holder_code: Code | None = None
    status_note: Text | None = None
    applicant_name: Text | None = None
    applicant_phone: Code | None = None
    applicant_id_number: Code | None = None
    received_at: Time | None = None
    due_at: Time | None = None
    finished_at: Time | None = None
    returned_at: Time | None = None


class NewEvent(Sent, forbid_unknown_fields=True, omit_defaults=True):
    """What happened to a dossier. `event_id` is the caller's own and makes a repetition harmless."""

    event_id: Code
    status: Annotated[int, msgspec.Meta(ge=1, le=10)]
    note: Text | None = None
    holder: Code | None = None
    due_at: Time | None = None
    occurred_at: Time | None = None


class NewStep(Sent, forbid_unknown_fields=True, omit_defaults=True):
    """A step of a dossier's way: what is done, by which agency, until when."""

    name: Said
    agency_code: Said
    due_at: Time | None = None


class NewSteps(msgspec.Struct, forbid_unknown_fields=True):
    """All steps of a dossier's way in order, beginning with those that are done."""

    steps: Annotated[list[NewStep], msgspec.Meta(min_length=1, max_length=50)]
