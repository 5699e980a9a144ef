"""The API of the true process: asking, choosing, and who may."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot.files.config.texts import shipped
from tests.e2e.chatting import ANSWERS
from tests.e2e.http_asking import Asking, serving_http
from tests.e2e.process import ROOT, MakeConfig, environment

TEXTS = shipped()["en"]
UNKNOWN = "0" * 32


@pytest.fixture(scope="module")
def api(make_config: MakeConfig) -> Iterator[Asking]:
    with serving_http(make_config) as asking:
        yield asking


# --- asking and choosing -------------------------------------------------------------------------


def test_an_answer_is_the_decision_as_ask_json_has_it_and_the_reply(
    api: Asking, make_config: MakeConfig
) -> None:
    question = "do i have to order a birthday cake by phone?"
    told = api.ask(question)
    command = [sys.executable, "-m", "bot", "ask", "--json", question, "--config"]
    done = subprocess.run(
        [*command, str(make_config(""))],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        check=True,
    )
    decision = json.loads(done.stdout)
    assert {name: told[name] for name in decision} == decision
    assert told["reply"] | {"html": ""} == {
        "text": ANSWERS["cake-order"],
        "html": "",
        "choices": [],
        "none_of_these": None,
        "tentative": False,
        "not_this": None,
        "related": [],
        "links": [{"text": "Our cakes", "url": "https://bakery.example.com/cakes"}],
        "attachments": [],
        "topics": [],
        "ask_person": None,
        "feedback": True,
    }
    assert told["reply"]["html"].startswith(
        "Order &lt;by phone&gt; &amp; at least 3 days ahead.<br>"
    )
    assert len(bytes.fromhex(told["conversation"])) == 16


def test_a_choice_is_answered_and_none_of_these_is_asked_about_once_more(api: Asking) -> None:
    asked = api.ask("cake")
    ids = [choice["id"] for choice in asked["reply"]["choices"]]
    assert (asked["action"], sorted(ids)) == ("follow_up", ["cake-cancel", "cake-order"])
    assert asked["reply"]["none_of_these"] == TEXTS.none_of_these
    chosen = api.post("choose", conversation=asked["conversation"], choice="cake-cancel").json
    assert (chosen["entry"], chosen["reply"]["text"]) == ("cake-cancel", ANSWERS["cake-cancel"])
    none = api.post("choose", conversation=asked["conversation"], choice=None).json
    assert none["reply"]["text"] == TEXTS.rephrase
    assert none["conversation"] == asked["conversation"]


def test_a_typed_choice_counts_in_its_own_conversation_alone(api: Asking) -> None:
    asked = api.ask("cake")
    second = asked["reply"]["choices"][1]["id"]
    assert api.ask("the second one")["reply"]["text"] != ANSWERS[second]
    typed = api.ask("the second one", conversation=asked["conversation"])
    assert (typed["action"], typed["entry"]) == ("answer", second)


def test_what_is_related_can_be_chosen_in_a_conversation_that_begins_with_it(api: Asking) -> None:
    shown = api.post("choose", choice="allergens").json
    assert shown["reply"]["text"] == ANSWERS["allergens"].strip()


@pytest.mark.parametrize("unknown", [UNKNOWN, "my own", "../..", ""])
def test_a_conversation_that_the_bot_does_not_know_starts_anew(api: Asking, unknown: str) -> None:
    first = api.ask("cake", conversation=unknown)["conversation"]
    assert first != unknown
    assert api.ask("cake", conversation=first)["conversation"] == first


def test_messages_of_one_conversation_are_answered_in_their_language(api: Asking) -> None:
    told = api.ask("ehm, qrst?", language="zh-hant")
    assert told["reply"]["text"].startswith(shipped()["zh-hant"].fallback[:5])


# --- problems ------------------------------------------------------------------------------------

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (("POST", "/v1/ask", {}), (422, "text is missing.")),
        (("POST", "/v1/ask", {"text": 7}), (422, "text is no text.")),
        (("POST", "/v1/ask", {"text": ""}), (422, "text is empty; text is needed.")),
        (
            ("POST", "/v1/ask", {"text": "x" * 4097}),
            (422, "text has too many characters; at most 4096 are possible."),
        ),
        (("POST", "/v1/ask", {"text": "x", "txet": 1}), (422, "txet is not known here.")),
        (("POST", "/v1/ask", []), (422, "The body must be an object, such as {}.")),
        (
            ("POST", "/v1/ask", b"{", JSON),
            (400, "The body is no JSON: Expecting property name enclosed in double quotes."),
        ),
        (
            ("POST", "/v1/ask", b"text=cake"),
            (415, "The body must be JSON, with the header Content-Type: application/json."),
        ),
        (
            ("POST", "/v1/ask", {"text": "x" * 70_000}),
            (413, "The body is too large; at most 65,536 bytes are taken here."),
        ),
        (("GET", "/v1/ask"), (405, "/v1/ask does not take GET; it takes POST.")),
        (
            ("GET", "/v1/nothing"),
            (404, "There is nothing at /v1/nothing; /openapi.json lists what is."),
        ),
        (
            ("POST", "/v1/choose", {"choice": None}),
            (409, "Nothing was offered to choose from in this conversation; ask first."),
        ),
        (
            ("POST", "/v1/choose", {"choice": "no-such-entry"}),
            (404, "There is no entry by this id; choose one that was offered, or null."),
        ),
        (
            ("POST", "/v1/ask", {"text": "x"}, {"Host": "rebound.example.com"}),
            (403, "The API answers this machine alone; call it as 127.0.0.1 or localhost."),
        ),
        (
            ("POST", "/v1/ask", {"text": "x"}, {"Origin": "https://evil.example.com"}),
            (
                403,
                "Pages of https://evil.example.com may not call this; name them under http.cors or "
                "http.widget.origins in config.yaml.",
            ),
        ),
        (
            ("POST", "/v1/ask", b'{"text":' + b"[" * 30_000, JSON),
            (400, "The body is no JSON that can be read; it must be UTF-8."),
        ),
        (
            ("POST", "/v1/embeddings", b'{"input": "\\ud800"}', JSON),
            (422, "input holds half of a character, a surrogate without the other."),
        ),
        (
            ("POST", "/v1/ask", {"text": "x"}, {"Idempotency-Key": ""}),
            (422, "Idempotency-Key is empty; text is needed."),
        ),
        (
            ("GET", "/v1/topics", None, {"Host": "[::1].example.com"}),
            (403, "The API answers this machine alone; call it as 127.0.0.1 or localhost."),
        ),
    ],
)
def test_what_cannot_be_had_is_a_problem_of_one_sentence(
    api: Asking, request_: tuple[str, str], problem: tuple[int, str]
) -> None:
    assert api.send(*request_).problem == problem
