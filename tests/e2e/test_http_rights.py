"""The rest of the API of the true process: judging, looking through, what is kept, the model."""

from __future__ import annotations

import base64
import http.client
import math
import re
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.files.config.texts import shipped
from tests.e2e.chatting import ANSWERS
from tests.e2e.http_asking import Asking, serving_http
from tests.e2e.process import BotProcess, MakeConfig

TEXTS = shipped()["en"]
UNKNOWN = "0" * 32
FAQ = """
- id: map
  question: Where do I find you?
  answer: At the old mill.
  attachments:
    - photo: map.png
"""
PNG = b"\x89PNG\r\n\x1a\n not really"


@pytest.fixture(scope="module")
def api(make_config: MakeConfig) -> Iterator[Asking]:
    with serving_http(make_config, more="store: {keep_text: all}\n") as asking:
        yield asking


# --- judging -------------------------------------------------------------------------------------


def test_a_judgement_is_kept_once_and_regretted_where_it_is_bad(api: Asking) -> None:
    told = api.ask("are you open on sunday?")
    named = {"conversation": told["conversation"], "decision": told["decision"]}
    bad = api.post("feedback", **named, helpful=False)
    assert (bad.status, bad.json["reply"]["text"]) == (200, TEXTS.not_helpful)
    again = api.post("feedback", **named, helpful=True)
    assert (again.status, again.body) == (204, b"")
    (kept,) = api.get(f"mydata?conversation={told['conversation']}").json["questions"]
    assert kept["said"] == ["down"]


def test_nobody_judges_for_somebody_else(api: Asking) -> None:
    told, other = api.ask("are you open on sunday?"), api.ask("are you open on sunday?")
    decision = {"decision": told["decision"], "helpful": True}
    assert api.post("feedback", conversation=other["conversation"], **decision).problem == (
        404,
        "There is no decision by this name in the conversation.",
    )
    assert api.post("feedback", conversation=UNKNOWN, **decision).problem == (
        404,
        "There is no conversation by this name.",
    )


# --- looking through -----------------------------------------------------------------------------


def test_topics_have_the_questions_that_can_be_chosen(api: Asking) -> None:
    topics = api.get("topics").json["topics"]
    assert topics == [
        {"name": "shop", "questions": [{"id": "opening-hours", "label": "When are you open?"}]},
        {
            "name": "cakes",
            "questions": [
                {"id": "cake-order", "label": "How do I order a cake?"},
                {"id": "cake-cancel", "label": "How do I cancel a cake order?"},
            ],
        },
    ]


def test_a_file_of_an_answer_is_where_the_reply_says(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    (tmp_path / "map.png").write_bytes(PNG)
    (tmp_path / "faq.yaml").write_text(FAQ, "utf-8")
    with serving_http(make_config, more=f"faq: '{tmp_path / 'faq.yaml'}'\n") as api:
        (file,) = api.post("choose", choice="map").json["reply"]["attachments"]
        assert str(tmp_path) not in file["url"]
        told = api.send("GET", file["url"])
        assert (told.status, told.body, told.headers["content-type"]) == (200, PNG, "image/png")
        assert api.send("GET", "/files/0123").problem[0] == 404


# --- what is kept --------------------------------------------------------------------------------


def test_what_is_kept_is_shown_to_whoever_has_the_conversation_and_erased(api: Asking) -> None:
    told = api.ask("are you open on sunday?")
    conversation = told["conversation"]
    kept = api.get(f"mydata?conversation={conversation}").json
    assert [each["text"] for each in kept["questions"]] == ["are you open on sunday?"]
    assert kept["text"].startswith(TEXTS.mydata)
    assert api.get(f"mydata?conversation={UNKNOWN}").json["questions"] == []
    erased = api.post("forget", conversation=conversation)
    assert (erased.status, erased.body) == (204, b"")
    assert api.get(f"mydata?conversation={conversation}").json == {
        "text": TEXTS.mydata_nothing,
        "questions": [],
        "with_team": 0,
    }
    assert api.ask("and on mondays?", conversation=conversation)["conversation"] != conversation


def test_the_privacy_text_is_as_it_is_configured(api: Asking) -> None:
    told = api.get("privacy").json
    assert (told["keep_text"], told["retention_days"]) == ("all", 90)
    assert TEXTS.privacy_all in told["text"]
    assert api.get("privacy?language=zh").json["text"].startswith(shipped()["zh"].privacy[:8])


def test_commands_that_the_bots_sentences_name_can_be_typed(api: Asking) -> None:
    told = api.ask("are you open on sunday?")
    conversation = told["conversation"]

    def said(text: str) -> str:
        reply: str = api.ask(text, conversation=conversation)["reply"]["text"]
        return reply

    assert said("/mydata").startswith(TEXTS.mydata)
    assert said("/privacy").startswith(TEXTS.privacy)
    assert "/forget – " in said("/help")
    assert said("/close") == TEXTS.nothing_to_close
    assert said("/forget") == TEXTS.forgotten
    assert api.get(f"mydata?conversation={conversation}").json["questions"] == []


def test_a_conversation_is_known_after_a_restart_with_what_was_offered(
    make_config: MakeConfig,
) -> None:
    with serving_http(make_config) as api:
        told = api.ask("cake")
        config = api.config
        assert api.process.stop() == 0
        with BotProcess(config, "", "") as process:
            process.wait_for_log("serving HTTP")
            again = Asking(api.port, process, config)
            choice = told["reply"]["choices"][0]["id"]
            chosen = again.post("choose", conversation=told["conversation"], choice=choice).json
            assert (chosen["conversation"], chosen["entry"]) == (told["conversation"], choice)
            assert process.stop() == 0


# --- the model -----------------------------------------------------------------------------------


def test_texts_of_like_meaning_are_more_alike(api: Asking) -> None:
    alike = {"a": "Where is my order?", "b": "My parcel has not arrived."}
    other = {"a": "Where is my order?", "b": "The cat sleeps on the sofa."}
    (score,) = api.post("similarity", **alike).json["scores"]
    scores = api.post("similarity", pairs=[alike, other, {"a": "x y", "b": "x y"}]).json["scores"]
    assert scores[0] == pytest.approx(score, abs=1e-4)
    assert scores[0] > scores[1]
    assert scores[2] == pytest.approx(1, abs=1e-4)
    told = "The body: a and b are needed, or pairs; send one of both."
    assert api.post("similarity", a="x").problem == (422, told)


def test_embeddings_are_of_openais_shape(api: Asking) -> None:
    told = api.post("embeddings", input=["one text", "another"], model="all-MiniLM-L6-v2").json
    assert (told["object"], told["model"]) == ("list", "all-MiniLM-L6-v2")
    assert [(each["object"], each["index"]) for each in told["data"]] == [
        ("embedding", 0),
        ("embedding", 1),
    ]
    vector = told["data"][0]["embedding"]
    assert (len(vector), round(math.hypot(*vector), 4)) == (384, 1)
    assert told["usage"]["prompt_tokens"] == told["usage"]["total_tokens"] > 0
    packed = api.post("embeddings", input="one text", encoding_format="base64").json
    unpacked = struct.unpack("<384f", base64.b64decode(packed["data"][0]["embedding"]))
    assert unpacked == pytest.approx(vector, abs=1e-3)
    assert api.post("embeddings", input="x", model="gpt").problem[0] == 404


# --- the rest ------------------------------------------------------------------------------------


def test_messages_over_http_are_counted(make_config: MakeConfig) -> None:
    from tests.e2e.hooking import free_port, get

    port = free_port()
    with serving_http(make_config, more=f"monitoring: {{port: {port}}}\n") as api:
        api.ask("are you open on sunday?")
        api.send("GET", "/v1/made-up")
        samples = get(port, "/metrics")[1]
        assert 'faq_bot_http_requests_total{path="/v1/ask",status="200"} 1.0' in samples
        assert 'faq_bot_http_requests_total{path="other",status="404"} 1.0' in samples
        assert 'faq_bot_decisions_total{action="answer"} 1.0' in samples
        assert re.search(r"faq_bot_reply_seconds_count 1\.0", samples)
        assert get(port, "/healthz")[0] == 200


def test_answers_are_said_in_plain_and_formatted_text(api: Asking) -> None:
    told = api.post("choose", choice="cake-order").json["reply"]
    assert told["text"] == ANSWERS["cake-order"]
    with closing(http.client.HTTPConnection("127.0.0.1", api.port)) as connection:
        connection.request("HEAD", "/v1/topics")
        assert connection.getresponse().status == 405
    page = api.send("HEAD", "/")
    assert (page.status, page.body) == (200, b"")
