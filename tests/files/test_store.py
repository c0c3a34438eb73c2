"""The file store on a real folder, and on a disk that loses power."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.store_power import experiment
from services.files.disk import LocalDisk, Open
from services.files.store import FolderStore, Missing, Unreadable
from services.keys import Keys, Unopened

KEYS = Keys.read("dGhlIGtleSBvZiB0aGUgZmlsZSBzdG9yZSB0ZXN0cyE=")
OTHER = Keys.read("YW5vdGhlciBrZXkgb2YgdGhlIGZpbGUgdGVzdHMgISE=")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "files"


@pytest.fixture
def store(folder: Path) -> FolderStore:
    return FolderStore(folder, KEYS)


def place(folder: Path, key: str) -> Path:
    return folder / key[:2] / key


def test_what_was_put_is_had_until_it_is_dropped(store: FolderStore) -> None:
    contents = [b"", b"a paper", bytes(3_000_000)]
    keys = [store.put(content) for content in contents]
    assert [store.get(key) for key in keys] == contents
    assert list(store.keys()) == sorted(keys)
    assert store.drop(keys[0])
    assert not store.drop(keys[0])
    with pytest.raises(Missing):
        store.get(keys[0])
    assert list(store.keys()) == sorted(keys[1:])


def test_a_key_says_nothing_and_is_never_the_same(store: FolderStore) -> None:
    keys = {store.put(b"one content") for _ in range(20)}
    assert len(keys) == 20
    assert all(len(key) == 40 and set(key) <= set("0123456789abcdef") for key in keys)


def test_nothing_on_the_disk_can_be_read_without_the_key(store: FolderStore, folder: Path) -> None:
    key = store.put(b"Nguyen Thi An" * 50)
    assert b"Nguyen" not in place(folder, key).read_bytes()
    with pytest.raises(Unreadable):
        FolderStore(folder, OTHER).get(key)


def test_only_the_owner_of_the_process_may_look(store: FolderStore, folder: Path) -> None:
    path = place(folder, store.put(b"x"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(one.stat().st_mode) for one in (path.parent, folder)} == {0o700}


@pytest.mark.parametrize("spoil", ["cut", "empty", "changed", "grown", "zeros"])
def test_a_spoiled_file_is_unreadable_and_says_so(store: FolderStore, folder: Path, spoil: str) -> None:
    key = store.put(b"a paper that matters")
    path = place(folder, key)
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[:-3], "empty": b"", "changed": whole[:-1] + bytes([whole[-1] ^ 1]),
                      "grown": whole + b"x", "zeros": bytes(len(whole))}[spoil])  # fmt: skip
    with pytest.raises(Unreadable):
        store.get(key)


def test_a_file_opens_only_under_its_own_name(store: FolderStore, folder: Path) -> None:
    one, other = store.put(b"of one person"), store.put(b"of another")
    place(folder, other).write_bytes(place(folder, one).read_bytes())
    with pytest.raises(Unreadable):
        store.get(other)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 39, "A" * 40, "g" * 40, "/" + "a" * 39, "a" * 40 + "\n"])
def test_what_is_no_key_is_missing(store: FolderStore, key: str) -> None:
    with pytest.raises(Missing):
        store.get(key)
    with pytest.raises(Missing):
        store.drop(key)


class FullDisk(LocalDisk):
    """A disk whose files take nothing."""

    class _Full:
        def __init__(self, file: Open) -> None:
            self._file = file

        def write(self, content: bytes) -> None:
            self._file.write(content[:3])
            raise OSError(28, "No space left on device")

        def sync(self) -> None:
            self._file.sync()

        def close(self) -> None:
            self._file.close()

    def create(self, path: Path) -> Open:
        return self._Full(super().create(path))


def test_a_full_disk_leaves_nothing_behind(folder: Path) -> None:
    store = FolderStore(folder, KEYS, FullDisk())
    with pytest.raises(OSError, match="No space"):
        store.put(b"a paper")
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_what_a_power_cut_left_is_cleared(store: FolderStore, folder: Path) -> None:
    key = store.put(b"whole")
    part = place(folder, key).with_name("ab" * 20 + ".part")
    part.write_bytes(b"half of ano")
    now = datetime.now(UTC)
    assert list(store.keys()) == [key]
    assert store.clear_parts(now - timedelta(hours=1)) == 0
    assert store.clear_parts(now + timedelta(hours=1)) == 1
    assert not part.exists()
    assert store.get(key) == b"whole"


def test_bytes_and_texts_have_different_keys() -> None:
    with pytest.raises(Unopened):
        KEYS.decrypt_bytes(KEYS.encrypt("text", "place"), "place")
    with pytest.raises(Unopened):
        KEYS.decrypt_bytes(KEYS.encrypt_bytes(b"bytes", "place"), "another place")
    assert KEYS.decrypt_bytes(KEYS.encrypt_bytes(b"bytes", "place"), "place") == b"bytes"


def test_no_receipt_without_its_bytes_when_the_power_goes() -> None:
    seen = experiment(400)
    assert (seen.broken_receipts, seen.lost_files, seen.undead_files, seen.torn_files) == (0, 0, 0, 0)
    assert seen.cuts > 300
    assert seen.receipts > 200


@pytest.mark.parametrize("verb", ["sync", "sync_folder"])
def test_the_experiment_finds_a_store_that_forgets_to_sync(verb: str) -> None:
    assert experiment(60, frozenset({verb})).broken_receipts > 5
