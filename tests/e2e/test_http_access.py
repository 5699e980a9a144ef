"""Who may call the API of the true process, and how much."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.http_asking import Asking, Told, serving_http
from tests.e2e.process import ROOT, START_TIMEOUT_S, MakeConfig, environment

PAGE, OTHER_PAGE = "https://www.example.com", "https://app.example.com"
NEEDED = "A key is needed, in the header Authorization: Bearer KEY."
QUESTION = {"text": "are you open on sunday?"}


@pytest.fixture(scope="module")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.yaml"


@pytest.fixture(scope="module")
def key(keys_file: Path, make_config: MakeConfig) -> str:
    return make_key(make_config(f"http: {{port: 1, keys_file: '{keys_file}'}}\n"), "app")


def make_key(config: Path, name: str) -> str:
    command = [sys.executable, "-m", "bot", "key", name, "--config", str(config)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def locked(make_config: MakeConfig, keys_file: Path, key: str) -> Iterator[Asking]:
    """A bot that wants keys, on every address of this machine."""
    widget = f"widget: {{origins: ['{PAGE}']}}, cors: ['{OTHER_PAGE}']"
    with serving_http(make_config, f"host: 0.0.0.0, keys_file: '{keys_file}', {widget}") as asking:
        yield asking


def asked(api: Asking, key: str = "", **headers: str) -> Told:
    more = {"Authorization": f"Bearer {key}"} if key else {}
    return api.send("POST", "/v1/ask", QUESTION, more | headers)


def wait_for(api: Asking, key: str, status: int) -> None:
    """Wait until the bot has read the file of keys again."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while asked(api, key).status != status:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_with_a_keys_file_only_a_key_gets_an_answer(locked: Asking, key: str) -> None:
    assert asked(locked, key, Host="bot.example.com").status == 200
    assert asked(locked).problem == (401, NEEDED)
    assert asked(locked, "faq_made-up").problem == (
        401,
        f"This key is not known (any more). {NEEDED}",
    )
    assert asked(locked).headers["www-authenticate"] == "Bearer"


def test_the_file_holds_no_key_and_a_name_once(keys_file: Path, key: str) -> None:
    assert key not in keys_file.read_text("utf-8")
    assert keys_file.read_text("utf-8").splitlines()[1].startswith("app: ")


def test_a_key_whose_line_is_deleted_is_refused_and_others_go_on(
    locked: Asking, keys_file: Path, key: str, make_config: MakeConfig
) -> None:
    other = make_key(make_config(f"http: {{port: 1, keys_file: '{keys_file}'}}\n"), "other")
    wait_for(locked, other, 200)
    lines = keys_file.read_text("utf-8").splitlines(keepends=True)
    keys_file.write_text("".join(line for line in lines if "other" not in line), "utf-8")
    wait_for(locked, other, 401)
    assert asked(locked, key).status == 200


def test_two_who_name_their_requests_alike_get_an_answer_each(
    locked: Asking, keys_file: Path, key: str, make_config: MakeConfig
) -> None:
    other = make_key(make_config(f"http: {{port: 1, keys_file: '{keys_file}'}}\n"), "third")
    wait_for(locked, other, 200)
    named = {"Idempotency-Key": "1"}
    told = [asked(locked, each, **named).json["conversation"] for each in (key, key, other)]
    assert told[0] == told[1] != told[2]


def test_a_page_of_the_widget_asks_without_a_key_and_nothing_else(locked: Asking) -> None:
    told = asked(locked, Origin=PAGE)
    assert (told.status, told.headers["access-control-allow-origin"]) == (200, PAGE)
    assert asked(locked, Origin=OTHER_PAGE).problem == (401, NEEDED)
    refused = locked.send("POST", "/v1/embeddings", {"input": "x"}, {"Origin": PAGE})
    assert refused.problem == (401, NEEDED)


@pytest.mark.parametrize(
    ("origin", "status", "allowed"),
    [(PAGE, 204, PAGE), (OTHER_PAGE, 204, OTHER_PAGE), ("https://evil.example.com", 403, None)],
)
def test_a_browser_is_told_which_pages_may_call(
    locked: Asking, origin: str, status: int, allowed: str | None
) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    told = locked.send("OPTIONS", "/v1/ask", None, headers)
    assert (told.status, told.headers.get("access-control-allow-origin")) == (status, allowed)


def test_a_conversation_and_an_address_are_limited_by_what_their_words_cost(
    make_config: MakeConfig,
) -> None:
    limits = "{key: {burst: 7, per_minute: 1}, conversation: {burst: 2, per_minute: 1}}"
    with serving_http(make_config, f"limits: {limits}") as api:
        conversation = api.ask("cake")["conversation"]
        api.ask("x" * 400, conversation=conversation)  # as much as two
        told = api.post("ask", text="cake", conversation=conversation)
        assert told.problem == (
            429,
            "That was a lot at once from this conversation; send it again in 60 seconds.",
        )
        assert told.headers["retry-after"] == "60"
        api.ask("cake")
        api.ask("cake")
        assert (
            api.post("ask", text="x" * 400)
            .problem[1]
            .startswith("That was a lot at once from this machine")
        )
