"""The office's approved template messages (ZBS): which there are, and whether given values fit them.

Wordings are approved at Zalo; here stands only which template tells of which event and what its parameters take, in
the file that ZALO_ZBS_TEMPLATES names. https://docs.zaloplatforms.com/docs/ZBS, docs/connecting-zalo-oa.md
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.port import SendFailed
from bot.settings import BadSettings

TRACKING = 48
"""The most characters of a tracking id."""
_PHONE = re.compile(r"84\d{9}", re.ASCII)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter: lengths in characters after composition (NFC). `clip`: a longer value is cut, not refused."""

    longest: int = _LONGEST
    shortest: int = 0
    required: bool = True
    clip: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template. `by_uid`: it may be sent to a follower's id; by phone every template may."""

    template_id: str
    params: Mapping[str, Param]
    by_uid: bool = True

    def values(self, data: Mapping[str, str]) -> dict[str, str]:
        """The parameters out of `data`, composed and in one line. Raises SendFailed("refused") for what does not fit.

        Names that the template does not know are left out.
        """
        made: dict[str, str] = {}
        for name, param in self.params.items():
            value = " ".join(unicodedata.normalize("NFC", str(data.get(name) or "")).split())
            if not value:
                if param.required:
                    raise SendFailed("refused", "missing-param")
                continue
            if len(value) > param.longest:
                if not param.clip:
                    raise SendFailed("refused", "long-param")
                value = value[: param.longest - 1].rstrip() + "…"
            if len(value) < param.shortest:
                raise SendFailed("refused", "short-param")
            made[name] = value
        return made


def told_by(templates: Mapping[str, Template], news: Mapping[str, Any] | None) -> tuple[str, Mapping[str, str]] | None:
    """Which template tells of `news` ({"event", "data"}): that of `dossier-status-9`, else that of `dossier-status`."""
    event = str(news["event"]) if news else ""
    known = next((name for name in (event, event.rpartition("-")[0]) if name in templates), None)
    return (known, news["data"]) if news and known else None


def body_by_uid(templates: Mapping[str, Template], chat: str, event: str, data: Mapping[str, str]) -> dict[str, Any]:
    """The request that tells a follower of `event`. Raises SendFailed("refused")."""
    template = _known(templates, event)
    if not template.by_uid:
        raise SendFailed("refused", "no-uid")
    return {"user_id": chat, "template_id": template.template_id, "template_data": template.values(data)}


def body_by_phone(
    templates: Mapping[str, Template], phone: str, event: str, data: Mapping[str, str], tracking: str
) -> dict[str, Any]:
    """The request that tells whoever has `phone` of `event`. Raises SendFailed("refused")."""
    template = _known(templates, event)
    if not 0 < len(tracking) <= TRACKING:
        raise SendFailed("refused", "bad-tracking-id")
    return {
        "phone": phone_of(phone), "template_id": template.template_id, "template_data": template.values(data),
        "tracking_id": tracking,
    }  # fmt: skip


def _known(templates: Mapping[str, Template], event: str) -> Template:
    template = templates.get(event)
    if template is None:
        raise SendFailed("refused", "no-template")
    return template


class BadTemplates(BadSettings):
    """The template file cannot be used; one sentence."""


def load(path: str) -> dict[str, Template]:
    """event -> template, out of a TOML or JSON file; {} for no path. Raises BadTemplates."""
    if not path:
        return {}
    try:
        text = Path(path).read_text(encoding="utf-8")
        raw = json.loads(text) if path.endswith(".json") else tomllib.loads(text)
    except OSError as error:
        raise BadTemplates(f"ZALO_ZBS_TEMPLATES: {path} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise BadTemplates(f"ZALO_ZBS_TEMPLATES: {path}: {error}") from None
    if not isinstance(raw, dict):
        raise BadTemplates(f"ZALO_ZBS_TEMPLATES: {path}: an object of events is expected")
    return {event: _template(path, event, entry) for event, entry in raw.items()}


def _template(path: str, event: str, entry: Any) -> Template:
    where = f"ZALO_ZBS_TEMPLATES: {path}: {event}"
    if not isinstance(entry, dict) or not set(entry) <= {"template_id", "params", "by_uid"}:
        raise BadTemplates(f"{where}: template_id, params and by_uid are expected")
    template_id, params, by_uid = entry.get("template_id"), entry.get("params", {}), entry.get("by_uid", True)
    if isinstance(template_id, bool) or not isinstance(template_id, str | int) or not str(template_id):
        raise BadTemplates(f"{where}: template_id is missing")
    if not isinstance(by_uid, bool):
        raise BadTemplates(f"{where}: by_uid is true or false")
    if isinstance(params, list):
        params = {str(name): {} for name in params}
    if not isinstance(params, dict):
        raise BadTemplates(f"{where}: params is a table or a list")
    known = {name: _param(f"{where}.{name}", given) for name, given in params.items()}
    return Template(str(template_id), known, by_uid)


def _param(where: str, given: Any) -> Param:
    fields = {"max": given} if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(fields, dict) or not set(fields) <= {"max", "min", "required", "clip"}:
        raise BadTemplates(f"{where}: a length, or max, min, required and clip are expected")
    longest, shortest = fields.get("max", _LONGEST), fields.get("min", 0)
    required, clip = fields.get("required", True), fields.get("clip", False)
    if type(longest) is not int or type(shortest) is not int or not 0 <= shortest <= longest or longest < 1:
        raise BadTemplates(f"{where}: max and min are lengths in characters")
    if not isinstance(required, bool) or not isinstance(clip, bool):
        raise BadTemplates(f"{where}: required and clip are true or false")
    return Param(longest, shortest, required, clip)


def phone_of(number: str) -> str:
    """A Vietnamese number in the one form that Zalo documents, 84 and nine digits. Raises SendFailed("refused")."""
    digits = re.sub(r"[\s.()\-]", "", number)
    for prefix in ("+84", "0084", "0"):
        if digits.startswith(prefix):
            digits = "84" + digits[len(prefix) :]
            break
    else:
        digits = digits if digits.startswith("84") and len(digits) > 9 else "84" + digits
    if not _PHONE.fullmatch(digits):
        raise SendFailed("refused", "bad-phone")
    return digits


def tracking_id(subject: str, event: str, number: int = 1) -> str:
    """The same for the same message, however often it is tried: `hs-<subject>-<event>-<number>`, at most 48 characters.

    Ratings and receipts by phone come back with it and with nothing else. `subject` is a dossier's code, never a
    person.
    """
    whole = "-".join(("hs", subject, event, str(number)))
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", whole)
    if plain == whole and len(plain) <= TRACKING:
        return plain
    # What was cut or replaced must still make a difference.
    mark = hashlib.sha256(whole.encode()).hexdigest()[:12]
    return f"{plain[: TRACKING - 13]}-{mark}"
