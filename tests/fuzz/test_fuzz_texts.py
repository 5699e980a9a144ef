"""Any text whatever, in every place where a person's or an author's words go."""

from __future__ import annotations

import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.telegram.handoff.replying.numbered import read_parts
from bot.conversation.conversation import Conversation
from bot.conversation.state import START, State
from bot.domain import Action, Decision, Incoming, Press, Reply
from bot.formatting import MAX_UNITS, plain_text
from bot.markup.answer import parse
from bot.matching.build import Matcher
from bot.matching.text import Synonyms, normalise, same_wording
from bot.service import worded
from tests.e2e.telegram_html import visible_text
from tests.factories import bot_over, entry
from tests.fuzz.texts import TEXTS
from tests.hostile.rules import (
    assert_cut_without_loss,
    assert_normalised_idempotently,
    assert_posts_hold,
    assert_within_telegrams_limits,
    isolated,
)


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    return bot_over(
        tmp_path_factory.mktemp("bot"),
        entry("refund", "How do I get a refund?", "I want my money back", related=("parcel",)),
        entry("parcel", "Where is my parcel?", "Track an order", answer="Look **here**."),
        entry("order", "Where is my order?", "Track a parcel"),
        entry("chinese", "如何申请退款？", lang="zh"),
    )


@given(TEXTS)
def test_normalising_is_idempotent(text: str) -> None:
    assert same_wording(assert_normalised_idempotently(text)) == same_wording(text)


@given(st.dictionaries(TEXTS, TEXTS, max_size=4), TEXTS)
def test_synonyms_are_replaced_whatever_they_are(table: dict[str, str], text: str) -> None:
    replaced = Synonyms(table).apply(text)
    assert Synonyms({}).apply(replaced) == normalise(replaced)


@given(TEXTS, st.sampled_from([None, "en", "zh", "zh-hans", "xx", ""]))
def test_any_text_gets_a_decision(bot: Matcher, text: str, lang: str | None) -> None:
    decision = bot.decide(text, lang)
    assert isinstance(decision, Decision)
    assert bot.decide(text, lang) == decision
    assert (decision.entry_id is None) is (decision.action is Action.FALLBACK)


SAID = st.one_of(
    TEXTS,
    st.sampled_from(["1", "2.", "yes", "no", "none of these", "track", "where", "hi", "谢谢"]),
    st.builds(
        Press, st.sampled_from([None, "refund", "gone", ""]), st.sampled_from(["", "0" * 16])
    ),
)


@given(st.lists(st.tuples(SAID, st.sampled_from("ab"), st.booleans()), max_size=8))
def test_any_conversation_gets_replies_within_telegrams_limits(
    bot: Matcher, said: list[tuple[str | Press, str, bool]]
) -> None:
    conversation = Conversation(bot.faq, bot, bot.settings.phrasebook)
    states: dict[str, State] = {}
    for content, name, only_if_sure in said:
        incoming = Incoming(name, content, None, name, only_if_sure)
        reply, states[name] = conversation.reply(incoming, states.get(name, START))
        assert isinstance(reply, Reply)
        assert_within_telegrams_limits(reply)


@given(TEXTS, st.one_of(st.just(MAX_UNITS), st.integers(2, 40)))
def test_any_answer_is_cut_into_messages_that_telegram_takes(text: str, limit: int) -> None:
    spans = parse(text)
    assert_cut_without_loss(spans, limit)
    assert bool(plain_text(spans)) is bool(text)


@given(TEXTS, TEXTS)
@example("{text}", "{name}")
def test_a_persons_words_are_escaped_and_filled_in_once(name: str, text: str) -> None:
    words = {"name": worded.isolated(name), "text": worded.isolated(text)}
    told = worded.filled("<{name}> & {text} {other}", words)
    assert visible_text(told) == f"<{isolated(name)}> & {isolated(text)} {{other}}"
    assert html.unescape(worded.isolated("&lt;")) == "\u2068&lt;\u2069"


@given(TEXTS, st.one_of(st.none(), TEXTS))
def test_any_question_fits_into_a_post_and_a_digest(name: str, question: str | None) -> None:
    assert_posts_hold(name[:100], question)


@given(TEXTS, st.integers(1, 999))
@example("1: yes\n2: no", 2)
def test_a_reply_to_a_digest_names_its_items_or_does_not(text: str, count: int) -> None:
    """Nobody is told what stands before their number, nor twice the same place."""
    end = 0
    for part in read_parts(text, count):
        assert part.numbers == tuple(sorted(set(part.numbers)))
        assert 1 <= part.numbers[0] <= part.numbers[-1] <= count
        assert end < part.start <= part.end
        end = part.end
