"""Stand-ins for labels that come from the FAQ alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Faq
from bot.errors import BotError
from bot.files.section import wording_key
from bot.labels.from_faq import everyday_utterances, score_faq
from bot.labels.scored import Scored
from bot.matching.build import Matcher
from tests.factories import bot_over, entry

ENTRIES = (
    entry("refund", "how do I get a refund", "money back please", "I want my refund money"),
    entry("track", "where is my parcel now", "track my parcel please"),
    entry("alone", "a question nobody words another way"),
)


@pytest.fixture
def bot(tmp_path: Path) -> Matcher:
    return bot_over(tmp_path, *ENTRIES)


@pytest.fixture
def scored(bot: Matcher) -> Scored:
    return score_faq(bot)


def test_each_wording_is_held_out_once_but_none_that_is_an_entrys_only_one(scored: Scored) -> None:
    inside = [(it.text, it.expected) for it in scored.labels if it.expected is not None]
    assert sorted(inside) == sorted(
        (wording, it.id) for it in ENTRIES if it.id != "alone" for wording in it.wordings
    )


def test_what_is_held_out_is_not_found_word_for_word(scored: Scored) -> None:
    for label, reading in zip(scored.labels, scored.readings, strict=True):
        hits = reading.whole.hits
        assert wording_key(label.text) not in [wording_key(hit.phrasing) for hit in hits]


def test_an_entry_that_is_held_out_whole_is_not_found(scored: Scored) -> None:
    owners = {wording: it.id for it in ENTRIES for wording in it.wordings}
    held_out = [
        (owners[label.text], {hit.entry_id for hit in reading.whole.hits})
        for label, reading in zip(scored.labels, scored.readings, strict=True)
        if label.expected is None and label.text in owners
    ]
    assert sorted(owner for owner, _ in held_out) == sorted(owners.values())
    assert [owner for owner, found in held_out if owner in found] == []


def test_a_wording_is_asked_by_somebody_who_speaks_its_language(tmp_path: Path) -> None:
    german = entry("erstattung", "refund money bitte", "money back bitte", lang="de")
    english = (replace(it, lang="en") for it in ENTRIES)
    found = score_faq(bot_over(tmp_path, german, *english))
    owners = {wording: it for it in (german, *ENTRIES) for wording in it.wordings}
    foreign = [
        (label.language, reading.foreign)
        for label, reading in zip(found.labels, found.readings, strict=True)
        if label.text in owners
    ]
    rest = frozenset(it.id for it in ENTRIES)
    assert set(foreign) == {("de", rest), ("en", frozenset({"erstattung"}))}


def test_everyday_talk_is_out_of_scope_unless_the_faq_has_it(scored: Scored) -> None:
    texts = {label.text for label in scored.labels if label.expected is None}
    assert "tell me a joke" in texts
    faq = Faq((entry("joke", "Tell me  a JOKE"), entry("a")))
    assert "tell me a joke" not in {label.text for label in everyday_utterances(faq)}


@pytest.mark.parametrize(
    ("wordings", "english", "chinese"),
    [
        pytest.param(["where is it", "how much"], True, False, id="English"),
        pytest.param(["怎么退款", "多少钱"], False, True, id="Chinese"),
        pytest.param(["where is it", "多少钱"], True, True, id="both"),
    ],
)
def test_everyday_talk_is_in_the_languages_of_the_faq(
    wordings: list[str], english: bool, chinese: bool
) -> None:
    faq = Faq(tuple(entry(f"e{n}", wording) for n, wording in enumerate(wordings)))
    texts = {label.text for label in everyday_utterances(faq)}
    assert ("tell me a joke" in texts, "给我讲个笑话" in texts) == (english, chinese)


def test_each_file_of_everyday_talk_has_a_hundred_lines_of_its_own() -> None:
    for faq in (Faq((entry("a", "where"),)), Faq((entry("a", "哪里"),))):
        texts = [wording_key(label.text) for label in everyday_utterances(faq)]
        assert len(texts) == len(set(texts)) >= 100


def test_the_same_faq_gives_the_same_stand_ins(bot: Matcher, scored: Scored) -> None:
    assert score_faq(bot).labels == scored.labels


def test_a_faq_without_a_second_wording_is_too_small(tmp_path: Path) -> None:
    with pytest.raises(BotError):
        score_faq(bot_over(tmp_path, entry("a"), entry("b")))
