"""What people can type, or have typed for them: hostile texts against every part that reads them.

Each line of texts.jsonl has a `text`, what it `must` get, and, where it is short, how it is `read`:

    answer    it is read as the question of refund.yaml, whatever is hidden in it
    nothing   it holds nothing that could be read, so it gets the fallback
    any       it gets a decision, whichever
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import pytest

from bot.channels.telegram.api.render import (
    MAX_UNITS,
    parts_of,
    reply_parts,
    text_parts,
    utf16_units,
)
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.keyboard.callback_data import button_label
from bot.conversation.conversation import Conversation
from bot.domain import Action, Decision, Faq, Incoming, KeepText, Reply, Span
from bot.files.config_texts import shipped
from bot.formatting import parse
from bot.matching.build import Matcher
from bot.matching.text.normalise import MAX_UTTERANCE_CHARS, normalise
from bot.store.pseudonyms import Pseudonyms
from bot.store.sql.decisions import SqlStore
from bot.store.store import Record
from tests.e2e.telegram_html import visible_text
from tests.factories import bot_over, entry
from tests.hostile.cases import Json, cases, lines

QUESTION = "How do I get a refund?"
TEAM = shipped()["en"].team
CASES = cases("texts.jsonl")
# A character becomes at most 18, in the form that compares compatible characters as equal.
MOST_TIMES = 18
MAX_ANSWER_CHARS = 40_000
MAX_WORDS = 1_200  # of one person in one post
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
HALF = re.compile("[\ud800-\udfff]")
NUMBERS = count(1_700_000_000)
every_text = pytest.mark.parametrize("case", CASES)


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    return bot_over(
        tmp_path_factory.mktemp("bot"),
        entry("refund", QUESTION, "I want my money back", answer="Within **30** days."),
        entry("parcel", "Where is my parcel?", "Track an order"),
        entry("chinese", "如何申请退款？", lang="zh"),
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'bot.db'}"
    database = SqlStore(url, Pseudonyms(bytes(32)), KeepText.ALL, retention_days=10)
    yield database
    database.close()


def test_there_are_200_cases_of_different_names() -> None:
    names = [line["name"] for line in lines("texts.jsonl")]
    assert len(set(names)) == len(names) >= 200


@every_text
def test_a_hostile_text_is_normalised_as_listed_and_idempotently(case: Json) -> None:
    text = case["text"][:MAX_UTTERANCE_CHARS]  # no more is ever read
    read = normalise(text)
    assert read == case.get("read", read)
    assert normalise(read) == read
    assert len(read) <= MOST_TIMES * len(text)


@every_text
def test_a_hostile_text_gets_the_listed_decision(case: Json, bot: Matcher) -> None:
    decision = bot.decide(case["text"])
    assert isinstance(decision, Decision)
    if case["must"] == "answer":
        assert (decision.action, decision.entry_id, decision.score) == (Action.ANSWER, "refund", 1)
    elif case["must"] == "nothing":
        assert (decision.action, decision.candidates) == (Action.FALLBACK, ())
        assert "there is no letter or digit to read" in decision.reason
    else:
        assert case["must"] == "any"
        assert "there is no letter or digit to read" not in decision.reason


@every_text
def test_a_hostile_text_gets_a_reply_within_telegrams_limits(case: Json, bot: Matcher) -> None:
    conversation = Conversation(bot.faq, bot, bot.settings.phrasebook)
    reply, _ = conversation.reply(Incoming(case["name"], case["text"], None, "ada"))
    assert isinstance(reply, Reply)
    parts = reply_parts(reply)
    assert [utf16_units(visible_text(part.html)) <= MAX_UNITS for part in parts] == [True]


@every_text
def test_a_hostile_answer_is_split_within_telegrams_limits(case: Json) -> None:
    """As it stands, and read for its marks."""
    for spans in ((Span(case["text"]),), parse(case["text"][:MAX_ANSWER_CHARS])):
        told = "".join(span.text for span in spans)
        seen = [visible_text(part.html) for part in parts_of(spans)]
        assert seen == text_parts(told)
        assert "".join("".join(seen).split()) == "".join(told.split())
        assert all(0 < utf16_units(part) <= MAX_UNITS for part in seen)


@every_text
def test_a_hostile_text_is_escaped_and_isolated_in_a_post(case: Json) -> None:
    """Its tags are shown, not followed, and its directions end where it ends."""
    text = case["text"]
    cut = text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"
    words = HALF.sub("\ufffd", DIRECTION.sub("", cut))
    assert visible_text(posts.isolated(text)) == f"\u2068{words}\u2069"
    post = posts.question_post("Ada", text, (), Faq(()), TEAM)
    assert visible_text(post).count(words) >= 1
    assert utf16_units(visible_text(post)) <= MAX_UNITS
    digest, held = posts.digest_post([posts.digest_item(text[:64], text, TEAM)] * 9, TEAM)
    assert held >= 1
    assert utf16_units(visible_text(digest)) <= MAX_UNITS


@every_text
def test_a_hostile_button_label_is_truncated(case: Json) -> None:
    label = button_label(case["text"])
    assert label == (case["text"] if len(case["text"]) <= 100 else case["text"][:99] + "…")


@every_text
def test_a_hostile_text_is_stored_unchanged_but_for_invalid_characters(
    case: Json, database: SqlStore
) -> None:
    """As much of it as a conversation hands over."""
    text = case["text"][: MAX_UTTERANCE_CHARS + 1]
    decision = Decision(Action.FALLBACK, None, 0.0, (), f'read "{text}"')
    number = next(NUMBERS)
    database.record(Record(f"{number:016x}", number, text, None, decision, "ada", "chat"))
    (kept,), _ = database.unanswered(0, 1)
    kept_text = re.sub("[\x00\ud800-\udfff]", "\ufffd", text)
    assert (kept.id, kept.text) == (f"{number:016x}", kept_text)
