"""Who is named stands there under a pseudonym: hashes, seals, and the key they hang on."""

from __future__ import annotations

import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sql.pseudonyms import Pseudonyms

KEY = bytes(range(32))


def test_a_hash_is_the_same_for_the_same_name_kind_and_key_alone() -> None:
    pseudonyms = Pseudonyms(KEY)
    hashes = [
        pseudonyms.hashed("person", "17"),
        pseudonyms.hashed("conversation", "17"),
        pseudonyms.hashed("chat", "17"),
        pseudonyms.hashed("person", "18"),
        Pseudonyms(bytes(32)).hashed("person", "17"),
    ]
    # hmac.new(KEY, b"person\x0017", "sha256").hexdigest()[:32]: what is stored must be found again
    assert hashes[0] == "327b428e7176d75f7a88c19582f18f1e"
    assert pseudonyms.hashed("person", "17") == hashes[0]
    assert len(set(hashes)) == len(hashes)
    assert len(pseudonyms.hashed("person", "a\ud800\x00")) == 32


def test_a_sealed_text_is_read_with_its_own_key_alone() -> None:
    text = "Grüße \ud800 你好"
    sealed = Pseudonyms(KEY).seal(text)
    assert Pseudonyms(KEY).unseal(sealed) == text
    assert Pseudonyms(bytes(32)).unseal(sealed) is None
    assert Pseudonyms(KEY).unseal(sealed[:-8] + "AAAAAAA=") is None
    assert Pseudonyms(KEY).unseal("no such ä") is None
    assert "你好" not in sealed


def test_a_key_is_made_once_for_its_owner_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key_file = tmp_path / "data" / "key"
    with caplog.at_level(logging.INFO, logger="bot.store"):
        made = Pseudonyms.load(key_file)
        read = Pseudonyms.load(key_file)
    assert caplog.messages == [f"made the key {key_file}; keep it as long as the database"]
    assert made.hashed("person", "17") == read.hashed("person", "17")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    assert [file.name for file in key_file.parent.iterdir()] == ["key"]
    assert len(bytes.fromhex(key_file.read_text("ascii"))) == 32
    other = Pseudonyms.load(tmp_path / "other")
    assert other.hashed("person", "17") != made.hashed("person", "17")


def test_white_space_around_a_key_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"\n {KEY.hex().upper()}\r\n")
    assert Pseudonyms.load(tmp_path / "key").hashed("chat", "1") == Pseudonyms(KEY).hashed(
        "chat", "1"
    )


@pytest.mark.parametrize(
    "written", [b"", b"\n", KEY, KEY.hex()[:-1].encode(), KEY.hex().encode() + b"0", b"\xff" * 64]
)
def test_a_damaged_key_is_never_replaced(tmp_path: Path, written: bytes) -> None:
    key_file = tmp_path / "key"
    key_file.write_bytes(written)
    with pytest.raises(StoreError) as caught:
        Pseudonyms.load(key_file)
    assert str(caught.value) == (
        f"{key_file} holds no key; 64 hexadecimal digits are needed. Put back the right file, or "
        "delete it: then a new key is made, and what was remembered with the old one belongs to "
        "nobody any more and goes by its age"
    )
    assert key_file.read_bytes() == written


@pytest.mark.parametrize(
    ("name", "reason"),
    [("file/key", "Not a directory"), ("folder", "Is a directory"), ("\0", "embedded null byte")],
)
def test_a_key_that_can_neither_be_read_nor_made_is_refused(
    tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError) as caught:
        Pseudonyms.load(tmp_path / name)
    path = tmp_path / name
    assert str(caught.value) == f"the key {path} can neither be read nor made: {reason}"


def test_of_processes_that_make_a_key_at_once_the_first_ones_stands(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Pseudonyms.load(key_file), range(8)))
    assert len({one.hashed("person", "1") for one in made}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
