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

from bot.conversation.conversation import Conversation
from bot.domain import Action, Decision, Incoming, KeepText, Span
from bot.formatting import button_label
from bot.markup.answer import parse
from bot.matching.build import Matcher
from bot.matching.text import MAX_UTTERANCE_CHARS
from bot.service import worded
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
from bot.store.store import Record
from tests.e2e.telegram_html import visible_text
from tests.factories import bot_over, entry
from tests.hostile.cases import Json, cases
from tests.hostile.rules import (
    assert_cut_without_loss,
    assert_normalised_idempotently,
    assert_posts_hold,
    assert_within_telegrams_limits,
    isolated,
)

QUESTION = "How do I get a refund?"
CASES = cases("texts.jsonl")
MAX_ANSWER_CHARS = 40_000
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


@every_text
def test_a_hostile_text_is_normalised_as_listed_and_idempotently(case: Json) -> None:
    read = assert_normalised_idempotently(
        case["text"][:MAX_UTTERANCE_CHARS]
    )  # no more is ever read
    assert read == case.get("read", read)


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
def test_a_hostile_text_stays_within_telegrams_limits_wherever_it_is_shown(
    case: Json, bot: Matcher
) -> None:
    """In a reply to it, as an answer with marks and without, in a post and on a button."""
    text = case["text"]
    conversation = Conversation(bot.faq, bot, bot.settings.phrasebook)
    reply, _ = conversation.reply(Incoming(case["name"], text, None, "ada"))
    assert_within_telegrams_limits(reply)
    for spans in ((Span(text),), parse(text[:MAX_ANSWER_CHARS])):
        assert_cut_without_loss(spans)
    assert visible_text(worded.isolated(text)) == isolated(text)
    assert_posts_hold("Ada", text)
    assert button_label(text) == (text if len(text) <= 100 else text[:99] + "…")


@every_text
def test_a_hostile_text_is_stored_unchanged_but_for_invalid_characters(
    case: Json, database: SqlStore
) -> None:
    """As much of it as a conversation hands over."""
    text = case["text"][: MAX_UTTERANCE_CHARS + 1]
    decision = Decision(Action.FALLBACK, None, 0.0, (), f'read "{text}"')
    number = next(NUMBERS)
    database.record(Record(f"{number:016x}", number, text, None, decision, "ada", "chat"))
    kept = database.missed(1)[0].record
    kept_text = re.sub("[\x00\ud800-\udfff]", "\ufffd", text)
    assert (kept.id, kept.text) == (f"{number:016x}", kept_text)
