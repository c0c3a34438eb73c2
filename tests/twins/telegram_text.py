"""What Telegram makes of a text and of a keyboard: entities, lengths, and its exact complaints.

Source of the rules: https://core.telegram.org/bots/api#formatting-options, #sendmessage, #inlinekeyboardbutton.
Lengths are counted in UTF-16 units, the unit of entity offsets: the stricter reading of "characters".
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from tests.twins.base import Json, structured
from tests.twins.faults import refuse

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)*)\s*>")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]+));")
_PLAIN = re.compile(r"(?<![\w/])(?P<bot_command>/[a-zA-Z0-9_]{1,32}(?:@\w{3,32})?)|(?<!\w)(?P<mention>@\w{4,32})")


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def plain_entities(text: str) -> list[Json]:
    """The commands and mentions that Telegram finds in a text by itself."""
    found: list[Json] = []
    for match in _PLAIN.finditer(text):
        kind = match.lastgroup or ""
        found.append({"type": kind, "offset": units(text[: match.start()]), "length": units(match.group())})
    return found


def _wrong(text: str) -> Exception:
    return refuse(400, f"Bad Request: can't parse entities: {text}")


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        decimal, hexadecimal, name = match.groups()
        if name:
            return _NAMED.get(name, match.group())
        return chr(int(decimal) if decimal else int(hexadecimal, 16))

    return _REFERENCE.sub(one, text)


def _entity(name: str, attributes: dict[str, str], at: int) -> Json:
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _wrong(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    if name == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    if name == "a":
        return {"type": "text_link", "url": attributes.get("href", "")}
    if name == "tg-emoji":
        return {"type": "custom_emoji", "custom_emoji_id": attributes.get("emoji-id", "")}
    return {"type": _TAGS[name]}


def parse_html(source: str) -> tuple[str, list[Json]]:
    """HTML mode -> (plain text, entities). Raises Telegram's 400 for a tag it does not know or that is not closed."""
    text: list[str] = []
    length = 0
    entities: list[Json] = []
    open_tags: list[tuple[str, Json, int]] = []

    def add(piece: str) -> None:
        nonlocal length
        plain = _unescape(piece)
        text.append(plain)
        length += units(plain)

    at = 0
    while (start := source.find("<", at)) >= 0:
        add(source[at:start])
        offset = len(source[:start].encode())
        match = _TAG.match(source, start)
        if match is None:
            name = re.match(r"</?([^\s>]*)", source[start:])
            raise _wrong(f'Unsupported start tag "{name.group(1) if name else ""}" at byte offset {offset}')
        closing, name_text, rest = match.group(1), match.group(2).lower(), match.group(3)
        if closing:
            if not open_tags:
                raise _wrong(f"Unexpected end tag at byte offset {offset}")
            name_open, entity, began = open_tags.pop()
            if name_open != name_text:
                raise _wrong(
                    f'Unmatched end tag at byte offset {offset}, expected "</{name_open}>", found "</{name_text}>"'
                )
            if length > began:
                entities.append({**entity, "offset": began, "length": length - began})
        elif name_text not in _TAGS:
            raise _wrong(f'Unsupported start tag "{name_text}" at byte offset {offset}')
        else:
            attributes = {
                found.group(1).lower(): _unescape(next((g for g in found.groups()[1:] if g is not None), ""))
                for found in _ATTRIBUTE.finditer(rest)
            }
            open_tags.append((name_text, _entity(name_text, attributes, offset), length))
        at = match.end()
    add(source[at:])
    if open_tags:
        raise _wrong(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return "".join(text), sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def formatted(params: Json, key: str, longest: int) -> tuple[str, list[Json]]:
    """The text under `key` as Telegram would show it: (text, entities). Raises its 400 for an empty or long one."""
    source = str(params.get(key, ""))
    mode = str(params.get("parse_mode", "")).lower()
    if mode == "html":
        text, entities = parse_html(source)
    elif mode:
        # Markdown is not spoken here; a program that uses it finds out at once.
        raise refuse(400, "Bad Request: unsupported parse_mode")
    else:
        text = source
        entities = list(structured(params.get("entities" if key == "text" else f"{key}_entities") or []))
    lead = len(text) - len(text.lstrip())
    stripped = text.strip()
    if lead:
        shift = units(text[:lead])
        entities = [{**entity, "offset": max(0, entity["offset"] - shift)} for entity in entities]
    if key == "text" and not stripped:
        raise refuse(400, "Bad Request: message text is empty")
    if units(stripped) > longest:
        raise refuse(400, f"Bad Request: message {'is' if key == 'text' else 'caption is'} too long")
    end = units(stripped)
    kept = [{**entity, "length": min(entity["length"], end - entity["offset"])} for entity in entities]
    return stripped, [entity for entity in kept if entity["length"] > 0] or plain_entities(stripped)


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise refuse(400, 'Bad Request: can\'t parse inline keyboard button: Field "text" must be of type String')
    if not button["text"]:
        raise refuse(400, "Bad Request: inline keyboard button text must be non-empty")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= 64:
        raise refuse(400, "Bad Request: BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None:
        parts = urlsplit(str(url))
        host = parts.hostname or ""
        if parts.scheme != "tg" and (parts.scheme not in ("http", "https") or "." not in host):
            raise refuse(400, f"Bad Request: inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    if set(button) <= {"text", "style", "icon_custom_emoji_id"}:
        raise refuse(400, "Bad Request: Text buttons are unallowed in the inline keyboard")


def checked_markup(params: Json, private: bool) -> Json | None:
    """`reply_markup` as an object, None when there is none. Raises Telegram's 400 for a keyboard it would refuse."""
    given = params.get("reply_markup")
    if not given:
        return None
    try:
        markup = structured(given)
    except ValueError:
        markup = None
    if not isinstance(markup, dict):
        raise refuse(400, "Bad Request: can't parse reply keyboard markup JSON object")
    rows = markup.get("inline_keyboard", markup.get("keyboard", []))
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise refuse(400, "Bad Request: object expected as reply markup")
    buttons = [button for row in rows for button in row]
    if "inline_keyboard" in markup:
        for button in buttons:
            _check_button(button)
        if len(buttons) > 100:
            raise refuse(400, "Bad Request: REPLY_MARKUP_TOO_LONG")
    elif not private and any(isinstance(button, dict) and button.get("request_contact") for button in buttons):
        raise refuse(400, "Bad Request: phone number can be requested in private chats only")
    return markup
