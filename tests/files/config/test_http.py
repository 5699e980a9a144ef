"""The http: section of config.yaml, and its keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.config.http import HttpSettings, is_loopback, read_keys_file
from bot.files.config.settings import read_settings
from bot.files.config.telegram import Limit

HASH = "0123456789abcdef" * 4


def read(folder: Path, text: str) -> tuple[HttpSettings | None, list[str]]:
    (folder / "faq").mkdir(exist_ok=True)
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    settings, problems = read_settings(str(path))
    return settings.http, [str(each).removeprefix(f"{folder}/") for each in problems]


@pytest.mark.parametrize("text", ["", "http:\n", "http:\n  # port: 8080\n"])
def test_without_the_section_there_is_no_api(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == (None, [])


def test_the_section_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text(f"app: {HASH}\n", "utf-8")
    http, problems = read(
        tmp_path,
        "http: {host: 0.0.0.0, port: 8080, keys_file: keys.yaml, cors: ['https://A.example.com/'], "
        "trusted_proxies: [172.18.0.0/16, '::1', 10.1.2.3/8], "
        "widget: {origins: ['http://b.example.com:8000', 'https://c.example.com:443']}, "
        "limits: {key: {burst: 7}}}\n",
    )
    assert problems == []
    assert http is not None
    assert (http.host, http.port, http.keys_file) == ("0.0.0.0", 8080, tmp_path / "keys.yaml")
    assert http.cors == ("https://a.example.com",)
    assert http.widget.origins == ("http://b.example.com:8000", "https://c.example.com")
    assert [str(each) for each in http.trusted_proxies] == [
        *("172.18.0.0/16", "::1/128", "10.0.0.0/8")
    ]
    assert http.limits.key == Limit(7, 1_800.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "http: {host: 127.0.0.1}",
            [
                "config.yaml:1: http.port is missing: the port that the bot listens on, such as "
                "8080."
            ],
            id="no port",
        ),
        pytest.param(
            "http: {port: 1, host: 0.0.0.0}",
            [
                'config.yaml:1: http.host is "0.0.0.0", where others reach the bot, so keys are '
                "needed. Write keys_file: keys.yaml here and make a key with python -m bot key "
                "NAME; or take host: 127.0.0.1."
            ],
            id="a host for others without keys",
        ),
        pytest.param(
            "http: {port: 1, keys_file: none.yaml}",
            ["none.yaml: there is no such file."],
            id="no keys",
        ),
        pytest.param(
            "http: {port: 1, cors: ['https://a.example.com/page', 'x']}",
            [
                'config.yaml:1: an item of http.cors is "https://a.example.com/page"; the address '
                "of a site is needed, without a page in it: https://www.example.com",
                'config.yaml:1: an item of http.cors is "x"; the address of a site is needed, '
                "without a page in it: https://www.example.com",
            ],
            id="pages for sites",
        ),
        pytest.param(
            "http: {port: 1, trusted_proxies: [nginx]}",
            [
                'config.yaml:1: an item of http.trusted_proxies is "nginx"; the address of a '
                "proxy, or of its network, is needed: 172.18.0.0/16"
            ],
            id="a proxy's name",
        ),
    ],
)
def test_a_mistake_in_the_section_says_what_to_write(
    tmp_path: Path, text: str, told: list[str]
) -> None:
    assert read(tmp_path, text)[1] == told


def test_of_the_keys_whatever_is_no_hash_is_refused_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "keys.yaml"
    path.write_text(f"good: {HASH}\nbad: faq_my-secret-key\n", "utf-8")
    keys, problems = read_keys_file(path)
    assert keys == {HASH: "good"}
    assert [str(each) for each in problems] == [
        f"{path}:2: this line is not a name and the hash of a key. Make a key with: python -m bot "
        "key NAME"
    ]


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "LOCALHOST."]
)
def test_this_machine_alone_has_these_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "localhost.example.com", "10.0.0.1", "::"])
def test_other_names_are_reached_by_others(host: str) -> None:
    assert not is_loopback(host)
