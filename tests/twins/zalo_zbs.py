"""ZBS template messages (formerly ZNS), by phone and by user id: templates, quotas, receipts and ratings."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from tests.twins.base import Json
from tests.twins.faults import refuse
from tests.twins.records import Call, Sent
from tests.twins.zalo_oa_messages import HANOI, ZaloOAMessages


@dataclass(slots=True)
class Template:
    """An approved wording. `params`: name -> (required, longest length). `kind` 5 is a rating; `tag` 1 transaction."""

    template_id: str
    params: dict[str, tuple[bool, int]] = field(default_factory=dict)
    name: str = "Thông báo"
    status: Literal["ENABLE", "PENDING_REVIEW", "REJECT", "DISABLE"] = "ENABLE"
    kind: int = 1
    tag: int = 1
    by_uid: bool = True
    night: bool = True
    daily_left: int | None = None
    """`night`: may be sent between 22:00 and 06:00; `daily_left`: sends left today, None for no limit."""


@dataclass(slots=True)
class Phone:
    """What Zalo knows about a number. `admin`: may receive template messages in development mode."""

    user_id: str = ""
    has_zalo: bool = True
    refuses: bool = False
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating that a person gave."""

    template_id: str
    message_id: str
    tracking_id: str
    rate: int
    note: str
    feedbacks: tuple[str, ...]
    at: float


class ZaloZBS(ZaloOAMessages):
    """Attributes to set at any time: `daily_quota`, `remaining_quota`, `wallet` (messages that are paid for);
    `delivery_after`: seconds until the receipt of a message by phone.
    """

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self.templates: dict[str, Template] = {}
        self.phones: dict[str, Phone] = {}
        self.daily_quota = self.remaining_quota = 500
        self.wallet = 1_000_000
        self.delivery_after = 0.0
        self.ratings: list[Rating] = []
        self._by_template: dict[str, tuple[str, str, str]] = {}  # message id -> template, tracking id, lane
        self._delivery: dict[str, int | None] = {}

    def template(self, template_id: str, *required: str, longest: int = 200, **options: Any) -> Template:
        """Registers an approved template with required parameters of at most `longest` characters."""
        made = Template(template_id, dict.fromkeys(required, (True, longest)), **options)
        self.templates[template_id] = made
        return made

    def phone(self, number: str, **facts: Any) -> Phone:
        """Registers a number in the form 84…; unknown numbers have no Zalo."""
        self.phones[number] = Phone(**facts)
        return self.phones[number]

    def user_rates(self, message_id: str, rate: int, note: str = "", feedbacks: tuple[str, ...] = ()) -> Json:
        """Answers a rating template: `user_feedback`, with no user id in it. LookupError for another message."""
        template_id, tracking_id, lane = self._by_template[message_id]
        if self.templates[template_id].kind != 5:
            raise LookupError(f"template {template_id} asks for no rating")
        self.ratings.append(Rating(template_id, message_id, tracking_id, rate, note, feedbacks, self.now()))
        message = {
            "rating_type": "csat",
            "option": "five_emotions",
            "note": note,
            "rate": rate,
            "submit_time": str(int(self.now() * 1000)),
            "msg_id": message_id,
            "feedbacks": list(feedbacks),
            **({"tracking_id": tracking_id} if tracking_id else {}),
        }
        return self.event(lane, {"event_name": "user_feedback", "message": message, "oa_id": self.oa_id}, zbs=True)

    # --- sending ------------------------------------------------------------------------------------------------------

    def _usable(self, call: Call) -> Template:
        template = self.templates.get(str(call.params.get("template_id")))
        if template is None:
            raise refuse(-109, "Template ID is invalid")
        if template.status in ("PENDING_REVIEW", "REJECT"):
            raise refuse(-131, "Template is not approved")
        if template.status == "DISABLE":
            raise refuse(-146, "Template is disabled due to low quality")
        hour = datetime.fromtimestamp(self.now(), UTC).astimezone(HANOI).hour
        if not template.night and (hour >= 22 or hour < 6):
            raise refuse(-133, "Template is not allowed to be sent at night, from 22:00 to 06:00")
        return template

    def _pay(self, template: Template) -> None:
        if self.remaining_quota <= 0:
            raise refuse(-144, "OA has exceeded its daily quota")
        if template.daily_left is not None:
            if template.daily_left <= 0:
                raise refuse(-147, "Template has exceeded its daily quota")
            template.daily_left -= 1
        if self.wallet <= 0:
            raise refuse(-115, "Out of quota")
        self.remaining_quota -= 1
        self.wallet -= 1

    @staticmethod
    def _check_data(template: Template, data: Any) -> None:
        if not isinstance(data, dict):
            raise refuse(-112, "Template data is invalid")
        for name, (required, longest) in template.params.items():
            value = data.get(name)
            if value is None or value == "":
                if required:
                    raise refuse(-1122, f"Template data is missing parameter {name}")
            elif len(str(value)) > longest:
                # Zalo measures before composition; a text in NFD is too long sooner than it looks.
                raise refuse(-1121, f"Parameter {name} exceeds the limit of {longest} characters")

    def _by_phone(self, call: Call) -> Json:
        number = str(call.params.get("phone") or "")
        if call.method.endswith("/hashphone"):
            wanted = str(call.params.get("hash_phone") or "")
            digests = {hashlib.sha256(known.encode()).hexdigest(): known for known in self.phones}
            number = digests.get(wanted, "84000000000")
        elif not re.fullmatch(r"\+?84\d{9}", number):
            raise refuse(-108, "Phone number is invalid")
        number = number.lstrip("+")
        template = self._usable(call)
        phone = self.phones.get(number)
        if phone is None or not phone.has_zalo:
            raise refuse(-118, "Zalo account is not existed")
        if phone.refuses:
            raise refuse(
                -114,
                "User is inactive, or reject the message, or using an outdated Zalo version, or other internal errors",
            )
        if call.params.get("mode") == "development" and not phone.admin:
            raise refuse(-127, "Test template can be only sent to admin")
        tracking_id = str(call.params.get("tracking_id") or "")
        if len(tracking_id) > 48:
            raise refuse(-112, "tracking_id is invalid")
        self._check_data(template, call.params.get("template_data"))
        self._pay(template)
        message_id = self._sent_template(call, template, number, tracking_id)
        self._delivery[message_id] = None
        self._spawn(self._deliver_later(number, message_id, tracking_id))
        quota = {"dailyQuota": str(self.daily_quota), "remainingQuota": str(self.remaining_quota)}
        sent_time = str(int(self.now() * 1000))
        return {"msg_id": message_id, "sent_time": sent_time, "sending_mode": "1", "quota": quota}

    def _by_uid(self, call: Call) -> Json:
        person = self._recipient(call.params.get("user_id"))
        template = self._usable(call)
        if not template.by_uid:
            raise refuse(-249, "Template does not support UID")
        self._check_data(template, call.params.get("template_data"))
        self._pay(template)
        message_id = self._sent_template(call, template, person.user_id, "")
        ends = {"sender": {"id": self.oa_id}, "recipient": {"id": person.user_id}}
        if self.receipts:
            self.event(
                person.user_id, {**ends, "event_name": "user_received_message", "message": {"msg_id": message_id}}
            )
        sent_time = str(int(self.now() * 1000))
        quota = {"quota_type": "purchase_quota", "remain": str(self.remaining_quota), "total": str(self.daily_quota)}
        return {"message_id": message_id, "user_id": person.user_id, "sent_time": sent_time, "quota": quota}

    def _sent_template(self, call: Call, template: Template, to: str, tracking_id: str) -> str:
        message_id = self._new_id()
        self._by_template[message_id] = (template.template_id, tracking_id, to)
        text = " | ".join(f"{key}: {value}" for key, value in dict(call.params["template_data"]).items())
        self._delivered(Sent(call.n, call.at, to, message_id, call.method, text, call.params))
        return message_id

    async def _deliver_later(self, number: str, message_id: str, tracking_id: str) -> None:
        await self.sleep(self.delivery_after)
        at = self._delivery[message_id] = int(self.now() * 1000)
        message = {"delivery_time": str(at), "msg_id": message_id, "tracking_id": tracking_id}
        ends = {"sender": {"id": self.oa_id}, "recipient": {"id": number}}
        self.event(number, {**ends, "event_name": "user_received_message", "message": message}, zbs=True)

    # --- reading ------------------------------------------------------------------------------------------------------

    def _all_templates(self, call: Call) -> list[Json]:
        offset, limit = int(call.params.get("offset", 0)), int(call.params.get("limit", 100))
        rows = list(self.templates.values())[offset : offset + min(limit, 100)]
        return [{"templateId": row.template_id, "templateName": row.name, "status": row.status} for row in rows]

    def _template_info(self, call: Call) -> Json:
        template = self.templates.get(str(call.params.get("template_id")))
        if template is None:
            raise refuse(-109, "Template ID is invalid")
        params = [
            {"name": name, "require": required, "type": "STRING", "maxLength": longest, "minLength": 0}
            for name, (required, longest) in template.params.items()
        ]
        return {
            "templateId": template.template_id,
            "templateName": template.name,
            "status": template.status,
            "timeout": 7_200_000,
            "listParams": params,
            "listButtons": [],
            "templateTag": {1: "TRANSACTION", 2: "CUSTOMER_CARE", 3: "PROMOTION"}[template.tag],
            "price_sdt": "300",
            "price_uid": "200",
        }

    def _message_status(self, call: Call) -> Json:
        message_id = str(call.params.get("message_id"))
        if message_id not in self._delivery:
            return {"delivery_time": None, "message": "The message does not exist", "status": -1}
        at = self._delivery[message_id]
        if at is None:
            return {"delivery_time": None, "message": "The message was pushed", "status": 0}
        return {"delivery_time": str(at), "message": "The message was delivered to the user's phone", "status": 1}

    def _daily(self, call: Call) -> Json:
        return {"dailyQuota": self.daily_quota, "remainingQuota": self.remaining_quota}

    def _rating_list(self, call: Call) -> Json:
        begin, end = (int(call.params.get(key, 0)) / 1000 for key in ("from_time", "to_time"))
        template_id = str(call.params.get("template_id"))
        rows = [row for row in self.ratings if row.template_id == template_id and begin <= row.at <= end]
        offset, limit = int(call.params.get("offset", 0)), int(call.params.get("limit", 100))
        items = [
            {
                "rating_type": "csat",
                "option": "five_emotions",
                "note": row.note,
                "rate": row.rate,
                "submitDate": str(int(row.at * 1000)),
                "msgId": row.message_id,
                "feedbacks": list(row.feedbacks),
                "trackingId": row.tracking_id,
            }
            for row in rows[offset : offset + limit]
        ]
        return {"total": len(rows), "data": items}
