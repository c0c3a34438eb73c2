"""Consultation messages, uploads and the reading methods of an Official Account."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.twins.base import Json
from tests.twins.faults import RefusalError, refuse
from tests.twins.records import Call, Sent, Upload
from tests.twins.zalo_oa_auth import ZaloOAAuth
from tests.twins.zalo_oa_people import Follower

HANOI = timezone(timedelta(hours=7))
DAY = 24 * 3600.0
_BUTTON_TYPES = ("oa.open.url", "oa.query.show", "oa.query.hide", "oa.open.sms", "oa.open.phone")
_UPLOADS: dict[str, tuple[int, tuple[str, ...]]] = {
    "image": (1024 * 1024, (".jpg", ".jpeg", ".png")),
    "gif": (5 * 1024 * 1024, (".gif",)),
    "file": (5 * 1024 * 1024, (".pdf", ".doc", ".docx", ".csv")),
}


@dataclass(frozen=True, slots=True)
class _Asset:
    upload: Upload
    at: float


def nfc_length(text: str) -> int:
    """Characters after composition, the way Zalo counts them."""
    return len(unicodedata.normalize("NFC", text))


def invalid(field: str) -> RefusalError:
    """Error -201 about a field."""
    return refuse(-201, f"{field} is invalid!")


class ZaloOAMessages(ZaloOAAuth):
    """Attributes to set at any time: `with_quota`: answers carry `quota`; `takes_buttons`: v3 takes a button template;
    `echoes` and `receipts`: events after each message; `receipt_after`: seconds until the receipt;
    `too_late`: the code for a message after seven days (-230 or -232).
    """

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self.with_quota = True
        self.takes_buttons = True
        self.echoes = True
        self.receipts = True
        self.receipt_after = 0.0
        self.too_late = -230
        self.billed: list[str] = []
        """Ids of the messages that were sent outside the free 48 hours."""
        self._assets: dict[str, _Asset] = {}

    # --- /v3.0/oa/message/cs ------------------------------------------------------------------------------------------

    def _recipient(self, user_id: object) -> Follower:
        person = self.people.get(str(user_id))
        if person is None or not person.follows:
            raise refuse(-213, "User has not followed OA")
        if person.state == "blocked":
            raise RefusalError("blocked")
        if person.state == "banned":
            raise RefusalError("deactivated")
        return person

    def _consult(self, call: Call) -> Json:
        message = call.params.get("message")
        recipient = call.params.get("recipient")
        if not isinstance(recipient, dict) or not recipient.get("user_id"):
            raise invalid("user_id")
        if not isinstance(message, dict):
            raise invalid("message")
        person = self._recipient(recipient["user_id"])
        idle = None if person.last_interaction is None else self.now() - person.last_interaction
        if idle is None or idle > 7 * DAY:
            raise refuse(self.too_late, "User has not interacted with the OA in the past 7 days")
        kind, file = self._checked(message)
        message_id = self._new_id()
        quota = {"quota_type": "reply", "remain": "8", "total": "8"}
        if idle > 2 * DAY:
            self.billed.append(message_id)
            quota = {"quota_type": "purchase_quota"}
        text = str(message.get("text", ""))
        self.shown[message_id] = message
        self._delivered(Sent(call.n, call.at, person.user_id, message_id, call.method, text, call.params, file))
        self._remember(0, kind, text, message_id, person.user_id)
        self._spawn(self._afterwards(person.user_id, message_id, kind, text))
        sent_time = str(int(self.now() * 1000))
        answer: Json = {"message_id": message_id, "user_id": person.user_id, "sent_time": sent_time}
        return {"quota": quota, **answer} if self.with_quota else answer

    async def _afterwards(self, user_id: str, message_id: str, kind: str, text: str) -> None:
        ends = {"sender": {"id": self.oa_id}, "recipient": {"id": user_id}}
        if self.echoes:
            message = {"text": text, "msg_id": message_id}
            self.event(user_id, {**ends, "event_name": f"oa_send_{kind}", "message": message})
        if self.receipts:
            await self.sleep(self.receipt_after)
            self.event(user_id, {**ends, "event_name": "user_received_message", "message": {"msg_id": message_id}})

    def _checked(self, message: Json) -> tuple[str, Upload | None]:
        """The kind of a message and the file in it. Raises -201 for what Zalo would refuse, -100 for an old file."""
        text = message.get("text", "")
        attachment = message.get("attachment")
        if not isinstance(text, str) or nfc_length(text) > 2000 or (attachment is None and not text.strip()):
            raise invalid("text")
        if attachment is None:
            return "text", None
        payload = attachment.get("payload") if isinstance(attachment, dict) else None
        if not isinstance(payload, dict):
            raise invalid("attachment")
        if attachment.get("type") == "file":
            return "file", self._asset(payload.get("token"))
        template = payload.get("template_type")
        if template == "media":
            return self._checked_media(payload)
        if template == "request_user_info":
            elements = payload.get("elements")
            if not isinstance(elements, list) or len(elements) != 1:
                raise invalid("elements")
            if nfc_length(str(elements[0].get("title", ""))) > 100:
                raise invalid("title")
            return "list", None
        if template in (None, "list") and self.takes_buttons:
            self._check_buttons(payload.get("buttons"), required=template is None)
            if template == "list" and not 1 <= len(payload.get("elements", ())) <= 5:
                raise invalid("elements")
            return ("list" if template else "text"), None
        raise invalid("template_type")

    def _checked_media(self, payload: Json) -> tuple[str, Upload | None]:
        elements = payload.get("elements")
        if not isinstance(elements, list) or len(elements) != 1:
            raise invalid("elements")
        element = elements[0]
        kind = element.get("media_type")
        if kind not in ("image", "gif", "sticker"):
            raise invalid("media_type")
        if "attachment_id" in element:
            return kind, (self._asset(element["attachment_id"]) if kind != "sticker" else None)
        if not str(element.get("url", "")).startswith(("http://", "https://")):
            raise invalid("url")
        return kind, None

    @staticmethod
    def _check_buttons(buttons: Any, *, required: bool) -> None:
        if buttons is None and not required:
            return
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 5:
            raise invalid("buttons")
        for button in buttons:
            if not 1 <= nfc_length(str(button.get("title", ""))) <= 100:
                raise invalid("title")
            kind, payload = button.get("type"), button.get("payload")
            if kind not in _BUTTON_TYPES:
                raise invalid("type")
            if str(kind).startswith("oa.query."):
                if not isinstance(payload, str) or not 1 <= len(payload) <= 1000:
                    raise invalid("payload")
            elif not isinstance(payload, dict):
                raise invalid("payload")

    def _asset(self, token: object) -> Upload:
        asset = self._assets.get(str(token))
        if asset is None:
            raise invalid("attachment_id")
        if self.now() - asset.at > 7 * DAY:
            raise refuse(-100, "attachment_id was expired")
        return asset.upload

    # --- uploads and reading ------------------------------------------------------------------------------------------

    def _upload(self, call: Call) -> Json:
        kind = call.method.rpartition("/")[2]
        largest, suffixes = _UPLOADS[kind]
        upload = call.files.get("file")
        if upload is None or not upload.data or not upload.name.lower().endswith(suffixes):
            raise invalid("file")
        if len(upload.data) > largest:
            raise refuse(-210, "Parameter exceeds the limit: file")
        token = f"twin-asset-{len(self._assets) + 1}"
        self._assets[token] = _Asset(upload, self.now())
        return {"token": token} if kind == "file" else {"attachment_id": token}

    def _react(self, call: Call) -> Json:
        """The one thing of the v2 message API that still works: a reaction."""
        if "sender_action" not in call.params:
            raise refuse(-240, "This API version has been shut down")
        return {"message_id": self._new_id()}

    @staticmethod
    def query(params: Mapping[str, Any]) -> Json:
        """The parameters of a GET, which come as JSON text in `data`. Raises -201."""
        try:
            value = json.loads(params.get("data", "{}"))
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise invalid("data")
        return value

    def _user_detail(self, call: Call) -> Json:
        person = self._recipient(self.query(call.params).get("user_id"))
        last = person.last_interaction
        seen = "" if last is None else datetime.fromtimestamp(last, UTC).astimezone(HANOI).strftime("%d/%m/%Y")
        return {
            "user_id": person.user_id,
            "user_id_by_app": self._ends(person)["user_id_by_app"],
            "display_name": person.name,
            "user_alias": person.name,
            "is_sensitive": person.is_sensitive,
            "user_last_interaction_date": seen,
            "user_is_follower": person.follows,
            "avatar": "",
            "tags_and_notes_info": {"notes": [], "tag_names": []},
            "shared_info": person.shared,
        }

    def _quota(self, call: Call) -> Any:
        if call.params.get("quota_owner"):
            return [{"product_type": "cs", "quota_type": "purchase_quota", "total": 0, "remain": 0}]
        person = self._recipient(call.params.get("user_id"))
        last = str(int((person.last_interaction or 0) * 1000))
        return {"last_interaction": last, "cs_reply": {"remain": 8, "total": 8}, "promotion": {"remain": 0, "total": 0}}

    def _get_oa(self, call: Call) -> Json:
        return {
            "oaid": self.oa_id,
            "name": "Trung tâm Phục vụ hành chính công",
            "is_verified": True,
            "oa_type": 4,
            "num_follower": len(self.people),
            "package_name": "Nâng cao",
            "package_valid_through_date": "31/12/2027",
        }

    def _recent(self, call: Call) -> list[Json]:
        asked = self.query(call.params)
        offset, count = int(asked.get("offset", 0)), int(asked.get("count", 5))
        if count > 10:
            raise refuse(-210, "Parameter exceeds the limit: count")
        items = list(reversed(self.talk))
        if call.method.endswith("/conversation"):
            user_id = str(asked.get("user_id"))
            items = [item for item in items if user_id in (item["from_id"], item["to_id"])]
        return items[offset : offset + count]
