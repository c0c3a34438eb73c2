"""The keys of the office: everything secret in the database is made from one `DATA_KEY`, which lies outside it.

Five keys are derived from it (HKDF-SHA256), one for each use, so that an index can never be used to read a value.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE = 12


class BadKey(Exception):
    """`DATA_KEY` cannot be used. The message says why in one sentence, without the key."""


class Unopened(Exception):
    """A stored value does not open: another key, another place in the database, or changed bytes."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The derived keys. Make them with `Keys.read`."""

    _value: bytes = field(repr=False)
    _index: bytes = field(repr=False)
    _seal: bytes = field(repr=False)
    _code: bytes = field(repr=False)
    _file: bytes = field(repr=False)

    @classmethod
    def read(cls, text: str) -> Keys:
        """The keys from the setting: 32 bytes in base64. Raises BadKey."""
        try:
            secret = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise BadKey("DATA_KEY is not base64") from None
        if len(secret) != 32:
            raise BadKey(f"DATA_KEY must be 32 bytes in base64, this is {len(secret)}")
        return cls(*(_derive(secret, use) for use in ("value", "index", "seal", "code", "file")))

    def encrypt(self, text: str, place: str) -> bytes:
        """AES-256-GCM. `place` (table, row, column) is bound in: the value opens nowhere else."""
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + AESGCM(self._value).encrypt(nonce, text.encode(), place.encode())

    def decrypt(self, stored: bytes, place: str) -> str:
        """What `encrypt` was given for the same place. Raises Unopened."""
        if stored[:1] != _VERSION or len(stored) <= 1 + _NONCE:
            raise Unopened(f"{place}: unknown form")
        try:
            opened = AESGCM(self._value).decrypt(stored[1 : 1 + _NONCE], stored[1 + _NONCE :], place.encode())
        except InvalidTag:
            raise Unopened(f"{place}: does not open with this DATA_KEY") from None
        return opened.decode()

    def encrypt_bytes(self, content: bytes, place: str) -> bytes:
        """As `encrypt`, for the bytes of a file, under a key of its own. `place` is the file's name."""
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + AESGCM(self._file).encrypt(nonce, content, place.encode())

    def decrypt_bytes(self, stored: bytes, place: str) -> bytes:
        """What `encrypt_bytes` was given for the same place. Raises Unopened: also for a byte changed or missing."""
        if stored[:1] != _VERSION or len(stored) <= 1 + _NONCE:
            raise Unopened(f"{place}: unknown form")
        try:
            return AESGCM(self._file).decrypt(stored[1 : 1 + _NONCE], stored[1 + _NONCE :], place.encode())
        except InvalidTag:
            raise Unopened(f"{place}: does not open with this DATA_KEY") from None

    def index(self, kind: str, value: str) -> str:
        """A keyed hash to find a value by, without being able to read it; `kind` keeps phones and numbers apart."""
        return _hmac(self._index, f"{kind}\x00{value}".encode())

    def seal(self, data: bytes) -> str:
        """The seal of an event: nobody without the key can make one, so a rewritten chain is found out."""
        return _hmac(self._seal, data)

    def code(self, value: str) -> str:
        """The stored form of a one-time code."""
        return _hmac(self._code, value.encode())

    def fingerprint(self) -> str:
        """Tells two keys apart without saying anything about either: 16 hexadecimal digits."""
        return _hmac(self._seal, b"fingerprint")[:16]


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _derive(secret: bytes, use: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"motcua {use}".encode()).derive(secret)


def _hmac(key: bytes, data: bytes) -> str:
    return hmac.new(key, data, hashlib.sha256).hexdigest()
