"""The keys of config.yaml about an encoder on a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.config.settings import EncoderKind, read_settings
from tests.files.reading import problems_of, read

_EXAMPLE = "Write it such as https://embeddings.example.com/v1, or http://127.0.0.1:8080/v1."
_OPEN = (
    "config.yaml:2: encoder_url begins with http://, so that anybody on the way could read what "
    "people write. Write https://; http:// is for this machine and networks of your own."
)
_MORE = (
    "config.yaml:2: encoder_url holds more than an address: a name, a password, or something "
    "behind a ? or #. Put a key in ENCODER_API_KEY, or the path of a file that holds it in "
    f"ENCODER_API_KEY_FILE. {_EXAMPLE}"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "faq").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://e.example.com", "https://e.example.com/v1/embeddings"),
        ("https://e.example.com/v1/", "https://e.example.com/v1/embeddings"),
        ("https://e.example.com/v3/embeddings", "https://e.example.com/v3/embeddings"),
        ("https://e.example.com:8443/ai/v1", "https://e.example.com:8443/ai/v1/embeddings"),
        ("http://localhost:8080/v1", "http://localhost:8080/v1/embeddings"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/embeddings"),
        ("http://[::1]:8080", "http://[::1]:8080/v1/embeddings"),
        ("http://10.2.3.4", "http://10.2.3.4/v1/embeddings"),
        ("http://tei", "http://tei/v1/embeddings"),
        (
            "http://tei.models.svc.cluster.local",
            "http://tei.models.svc.cluster.local/v1/embeddings",
        ),
    ],
)
def test_the_address_is_completed(written: str, meant: str) -> None:
    found, problems = read(f"encoder: remote\nencoder_url: {written}\n")
    assert problems == []
    assert (found.encoder, found.encoder_url) == (EncoderKind.REMOTE, meant)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("http://e.example.com/v1", _OPEN),
        ("http://8.8.8.8/v1", _OPEN),
        ("http://127.0.0.1.example.com/v1", _OPEN),
        ("https://user:secret@e.example.com/v1", _MORE),
        ("https://e.example.com/v1?key=secret", _MORE),
        ("e.example.com:8080", f"config.yaml:2: encoder_url is no address of a server. {_EXAMPLE}"),
        ("ftp://e", f"config.yaml:2: encoder_url is no address of a server. {_EXAMPLE}"),
        ("https://e:port", f"config.yaml:2: encoder_url is no address of a server. {_EXAMPLE}"),
    ],
)
def test_an_address_that_words_must_not_be_sent_to_is_refused(written: str, told: str) -> None:
    assert problems_of(f"encoder: remote\nencoder_url: {written!r}\n") == [told]


def test_nothing_is_sent_anywhere_unless_both_keys_say_so() -> None:
    assert problems_of("encoder: remote\n") == [
        "config.yaml:1: encoder is remote; encoder_url, the address of the server, is needed too."
    ]
    Path("config.yaml").write_text("encoder_url: https://e.example.com\n", "utf-8")
    found, problems = read_settings("config.yaml")
    assert (problems, found.encoder) == ([], EncoderKind.AUTO)
    assert [str(each) for each in found.remarks] == [
        "config.yaml:1: encoder_url does nothing without encoder: remote. Write that, or take this "
        "away."
    ]
