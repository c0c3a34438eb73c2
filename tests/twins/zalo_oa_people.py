"""The people who follow an Official Account, and what they do there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.twins.base import Json
from tests.twins.zalo_oa_events import ZaloOAEvents


@dataclass(slots=True)
class Follower:
    """A Zalo user as the account knows them. `last_interaction` in unix seconds, None when there was none."""

    user_id: str
    name: str = "Người dân"
    follows: bool = True
    state: Literal["open", "blocked", "banned"] = "open"
    last_interaction: float | None = None
    is_sensitive: bool = False
    shared: Json = field(default_factory=dict)


class ZaloOAPeople(ZaloOAEvents):
    """The helpers that speak, tap and send as a person; each counts as an interaction unless it says otherwise."""

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self.people: dict[str, Follower] = {}
        self.shown: dict[str, Json] = {}
        """message id -> the `message` object as it was sent to the person."""
        self.talk: list[Json] = []
        """What `/v2.0/oa/conversation` and `/v2.0/oa/listrecentchat` give back, oldest first."""

    def person(self, *user_ids: int | str, name: str = "Người dân", interacted: float | None = 0.0) -> None:
        """Followers; `interacted`: seconds since their last interaction, None for never."""
        for user_id in user_ids:
            at = None if interacted is None else self.now() - interacted
            self.people[str(user_id)] = Follower(str(user_id), name, last_interaction=at)

    # --- what people do -----------------------------------------------------------------------------------------------

    def user_says(self, user_id: int | str, text: str, *, quote: str = "") -> Json:
        """A text; `quote`: the id of the message it answers."""
        return self._speaks(user_id, "text", text, quote=quote)

    def user_taps(self, user_id: int | str, message_id: str, payload: str) -> Json:
        """A press on a query button: comes back as a text that is the payload. LookupError when it is not shown."""
        for button in self.buttons(message_id):
            if button["type"].startswith("oa.query.") and button["payload"] == payload:
                return self._speaks(user_id, "text", payload)
        raise LookupError(f"message {message_id} shows no query button with {payload!r}")

    def user_taps_label(self, user_id: int | str, label: str) -> Json:
        """Presses the button with this title on the newest message that has one. LookupError when there is none."""
        for sent in reversed(self.sent(user_id)):
            for button in self.buttons(sent.message_id):
                if button["title"] == label:
                    return self.user_taps(user_id, sent.message_id, button["payload"])
        raise LookupError(f"no message to {user_id} shows a button {label!r}")

    def buttons(self, message_id: str) -> list[Json]:
        """The buttons under a message that was sent."""
        payload = self.shown[message_id].get("attachment", {}).get("payload", {})
        return list(payload.get("buttons", ()))

    def user_sends_photo(self, user_id: int | str, photo: str | bytes, *, caption: str = "") -> Json:
        """A photo, as bytes or as an address."""
        url = self.host(photo) if isinstance(photo, bytes) else photo
        return self._attaches(user_id, "image", {"thumbnail": url, "url": url}, caption)

    def user_sends_document(
        self, user_id: int | str, data: bytes, name: str = "giay-to.pdf", kind: str = "pdf", *, checksum: str = ""
    ) -> Json:
        """A file; `checksum` pretends another MD5 than that of the bytes."""
        payload = {
            "size": str(len(data)),
            "name": name,
            "checksum": checksum or hashlib.md5(data, usedforsecurity=False).hexdigest(),
            "type": kind,
            "url": self.host(data, name, "application/octet-stream"),
        }
        return self._attaches(user_id, "file", payload)

    def user_sends_sticker(self, user_id: int | str) -> Json:
        """A sticker."""
        return self._attaches(user_id, "sticker", {"url": "https://sticker.zalo.example/1", "id": "1"})

    def user_sends_voice(self, user_id: int | str, url: str = "https://voice.zalo.example/1.amr") -> Json:
        """A voice message."""
        return self._attaches(user_id, "audio", {"url": url})

    def user_sends_location(self, user_id: int | str, latitude: float, longitude: float, place: str = "") -> Json:
        """A place, in degrees."""
        coordinates = {"latitude": str(latitude), "longitude": str(longitude)}
        return self._attaches(user_id, "location", {"coordinates": coordinates}, place)

    def user_sends_contact(self, user_id: int | str, phone: str) -> Json:
        """A business card: a link whose description is JSON text."""
        description = json.dumps({"phone": phone, "qrCodeUrl": "https://qr.zalo.example/1"})
        payload = {"thumbnail": "", "description": description, "url": "https://qr.zalo.example/1"}
        return self._speaks(user_id, "business_card", "", [{"type": "link", "payload": payload}])

    def user_submits_info(self, user_id: int | str, name: str, phone: str) -> Json:
        """Answers a request for personal details."""
        person = self._touch(user_id)
        person.shared = {"name": name, "phone": phone}
        address = {"user_city": "", "user_ward": "", "user_address": ""}
        info = {"name": name, "phone": phone, "user_dob": "", "gender": "", "full_address": address}
        return self.event(person.user_id, {**self._ends(person), "event_name": "user_submit_info", "info": info})

    def user_follows(self, user_id: int | str, source: str = "oa_profile") -> Json:
        """Follows the account."""
        self._touch(user_id).follows = True
        return self._follow_event(user_id, "follow", source)

    def user_unfollows(self, user_id: int | str) -> Json:
        """Follows no longer; not an interaction."""
        self.people[str(user_id)].follows = False
        return self._follow_event(user_id, "unfollow", "oa_profile")

    def user_sees(self, user_id: int | str, *message_ids: str) -> Json:
        """Reads messages; not an interaction."""
        ends = {"sender": {"id": self.oa_id}, "recipient": {"id": str(user_id)}}
        message = {"msg_ids": list(message_ids)}
        return self.event(str(user_id), {**ends, "event_name": "user_seen_message", "message": message})

    def user_withdraws(self, user_id: int | str) -> Json:
        """Takes back the consent: the person's data must be erased; not an interaction."""
        return self.event(str(user_id), {"event_name": "user_withdraw", "oa_id": self.oa_id, "user_id": str(user_id)})

    def user_blocks(self, user_id: int | str) -> None:
        """Refuses messages of the account; no event tells of it."""
        self.people[str(user_id)].state = "blocked"

    def user_unblocks(self, user_id: int | str) -> None:
        """Takes messages again."""
        self.people[str(user_id)].state = "open"

    def staff_types(self, user_id: int | str, text: str, admin_id: str = "1000000001") -> Json:
        """A clerk writes to the person in Zalo's own chat tool: an echo with `admin_id`."""
        sender = {"id": self.oa_id, "admin_id": admin_id}
        message = {"text": text, "msg_id": self._new_id()}
        content = {"sender": sender, "recipient": {"id": str(user_id)}, "event_name": "oa_send_text"}
        return self.event(str(user_id), {**content, "message": message})

    # --- the parts ----------------------------------------------------------------------------------------------------

    def _touch(self, user_id: int | str) -> Follower:
        person = self.people.setdefault(str(user_id), Follower(str(user_id)))
        person.last_interaction = self.now()
        return person

    def _ends(self, person: Follower) -> Json:
        by_app = str(int(hashlib.sha256(person.user_id.encode()).hexdigest()[:15], 16))
        return {"sender": {"id": person.user_id}, "user_id_by_app": by_app, "recipient": {"id": self.oa_id}}

    def _speaks(
        self, user_id: int | str, kind: str, text: str, attachments: list[Json] | None = None, quote: str = ""
    ) -> Json:
        person = self._touch(user_id)
        message: Json = {"text": text} if text or not attachments else {}
        if attachments:
            message["attachments"] = attachments
        if quote:
            message["quote_msg_id"] = quote
        message["msg_id"] = self._new_id()
        self._remember(1, kind, text, message["msg_id"], person.user_id)
        content = {**self._ends(person), "event_name": f"user_send_{kind}", "message": message}
        return self.event(person.user_id, content)

    def _attaches(self, user_id: int | str, kind: str, payload: Json, text: str = "") -> Json:
        return self._speaks(user_id, kind, text, [{"type": kind, "payload": payload}])

    def _follow_event(self, user_id: int | str, name: str, source: str) -> Json:
        content = {"oa_id": self.oa_id, "follower": {"id": str(user_id)}, "source": source, "event_name": name}
        return self.event(str(user_id), content)

    def _remember(self, src: int, kind: str, text: str, message_id: str, user_id: str) -> None:
        ends = (user_id, self.oa_id) if src else (self.oa_id, user_id)
        item = {"src": src, "time": int(self.now() * 1000), "type": kind, "message": text, "message_id": message_id}
        self.talk.append({**item, "from_id": ends[0], "to_id": ends[1]})
