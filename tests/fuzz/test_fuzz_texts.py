"""Any text whatever, in every place where a person's or an author's words go."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.telegram.api.render import (
    MAX_UNITS,
    parts_of,
    reply_parts,
    text_parts,
    utf16_units,
)
from bot.channels.telegram.handoff import posts
from bot.conversation.conversation import START, Conversation, State
from bot.domain import Action, Decision, Faq, Incoming, Press, Reply
from bot.files.config_texts import shipped
from bot.formatting import parse, plain_text
from bot.matching.build import Matcher
from bot.matching.text.normalise import Synonyms, normalise, same_wording
from tests.e2e.telegram_html import visible_text
from tests.factories import bot_over, entry
from tests.fuzz.texts import TEXTS

MAX_WORDS = 1_200
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
HALF = re.compile("[\ud800-\udfff]")
TEAM = shipped()["en"].team


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
def test_reading_twice_changes_nothing(text: str) -> None:
    read = normalise(text)
    assert normalise(read) == read
    assert len(read) <= 18 * len(text)
    assert same_wording(read) == same_wording(text)


@given(st.dictionaries(TEXTS, TEXTS, max_size=4), TEXTS)
def test_business_words_are_replaced_whatever_they_are(table: dict[str, str], text: str) -> None:
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
def test_any_conversation_goes_on(bot: Matcher, said: list[tuple[str | Press, str, bool]]) -> None:
    conversation = Conversation(bot.faq, bot, bot.settings.phrasebook)
    states: dict[str, State] = {}
    for content, name, only_if_sure in said:
        incoming = Incoming(name, content, None, name, only_if_sure)
        reply, states[name] = conversation.reply(incoming, states.get(name, START))
        assert isinstance(reply, Reply)
        seen = [utf16_units(visible_text(part.html)) for part in reply_parts(reply, links=True)]
        assert all(0 < units <= MAX_UNITS for units in seen)


@given(TEXTS, st.one_of(st.just(MAX_UNITS), st.integers(2, 40)))
def test_any_answer_is_cut_into_messages_that_telegram_takes(text: str, limit: int) -> None:
    spans = parse(text)
    told = "".join(span.text for span in spans)
    seen = [visible_text(part.html) for part in parts_of(spans, limit)]
    assert seen == text_parts(told, limit)
    assert "".join("".join(seen).split()) == "".join(told.split())
    assert all(0 < utf16_units(part) <= limit for part in seen)
    assert bool(plain_text(spans)) is bool(text)


def shown(text: str) -> str:
    """What the team sees of somebody's words."""
    cut = text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"
    clean = HALF.sub("\ufffd", DIRECTION.sub("", cut))
    return f"\u2068{clean}\u2069"


@given(TEXTS, TEXTS)
@example("{text}", "{name}")
def test_a_persons_words_are_put_in_once_and_followed_nowhere(name: str, text: str) -> None:
    words = {"name": posts.isolated(name), "text": posts.isolated(text)}
    told = posts.filled("<{name}> & {text} {other}", words)
    assert visible_text(told) == f"<{shown(name)}> & {shown(text)} {{other}}"
    assert html.unescape(posts.isolated("&lt;")) == "\u2068&lt;\u2069"


@given(st.lists(st.tuples(TEXTS, st.one_of(st.none(), TEXTS)), min_size=1, max_size=12))
def test_any_questions_fit_into_a_digest(asked: list[tuple[str, str | None]]) -> None:
    items = [posts.digest_item(name[:100], question, TEAM) for name, question in asked]
    digest, held = posts.digest_post(items, TEAM)
    assert 1 <= held <= len(items)
    assert utf16_units(visible_text(digest)) <= MAX_UNITS
    for name, question in asked:
        post = posts.question_post(name[:100], question, (), Faq(()), TEAM)
        assert utf16_units(visible_text(post)) <= MAX_UNITS


@given(TEXTS)
def test_a_reply_to_a_digest_names_its_question_or_does_not(text: str) -> None:
    found = posts.numbered(text)
    assert found is None or (0 <= found[0] <= 999 and text.endswith(found[1]))
