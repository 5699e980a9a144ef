"""What counts as small talk, and when an FAQ comes before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from bot.domain import Action, Hit, Thresholds
from bot.files.config.texts import shipped
from bot.matching.decide.small_talk import Meanings, SmallTalk, rows_of
from bot.matching.decide.small_talk_words import Said, Wordings
from bot.matching.decide.thresholds import Policy, Reading, Rules
from bot.matching.score.ranker import Match, Read
from bot.texts import Talk, talk_of_all

ALL = talk_of_all(texts.talk for texts in shipped().values())
WORDS = Wordings(ALL, (), ())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, "greeting") for text in ("Hi!", "hiiiii", "Hello bot", "hey there, all")),
        *((text, "greeting") for text in ("Hi Anna", "Guten Tag!", "Здравствуйте", "你好啊")),
        *((text, "thanks") for text in ("thanks a lot for your help!!", "hi, thanks!")),
        *((text, "thanks") for text in ("THANK YOU so much", "thnaks", "🙏", "谢谢你啊", "感恩喔")),
        *((text, "goodbye") for text in ("bye", "thanks, bye", "再见", "掰掰")),
        *((text, "laughter") for text in ("lol", "hahahahaha", "哈哈哈哈哈", "😂😂")),
        *((text, "acknowledgement") for text in ("ok", "👍👍🏽", "好的", ":)", "🦄")),
        *((text, "what_are_you") for text in ("are you a bot?", "hi, are you human", "你是誰")),
        *((text, "what_can_you_do") for text in ("help", "MENU", "what can you do?", "帮助")),
        *((text, "greeting") for text in ("hi bot 👋", "你好😊", "早 👋", "hey :)")),
        *((text, "thanks") for text in ("thanks 👋", "谢谢 👌", "非常感谢您的帮助")),
        *((text, "insult") for text in ("stupid bot!", "垃圾机器人", "thanks 🖕")),
        *((text, "person") for text in ("talk to a human", "human please!!", "agent, please")),
        *((text, "person") for text in ("can I talk to a real person?", "转人工")),
        *((text, "not_helpful") for text in ("thats not it", "I don't understand!", "没看懂")),
        *((text, "not_helpful") for text in ("thanks, that doesn't help", "不對")),
        *((text, "what_can_you_do") for text in ("something else", "one more question please")),
        *((text, "person") for text in ("no, a human please", "No. Human!")),
        *((text, "no_person") for text in ("no human", "no human please", "不用人工，谢谢")),
        *((text, "insult") for text in ("还是不行", "no good")),
        ("您好呀", "greeting"),
    ],
)
def test_wordings_and_filler_make_small_talk_in_any_order(text: str, kind: str) -> None:
    assert WORDS.kind(text) == Said(kind, WORDS.kind(text).closeness)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "hi, where is my parcel",
            "thanks, but it is broken",
            "please",
            "bot",
            "你",
            "",
            "?",
            "…",
        ),
        *("Is there a person I can send the parcel to", "fine china", "2", "2️⃣", "人工费怎么算"),
        *("how do I say thanks to the driver", "good", "ok " * 60)[:1],
    ],
)
def test_whatever_says_more_is_none(text: str) -> None:
    assert WORDS.kind(text) is None


def test_every_wording_is_of_its_kind_or_of_one_that_comes_before_it() -> None:
    order = list(ALL.wordings)
    for kind, wordings in ALL.wordings.items():
        for wording in wordings:
            said = WORDS.kind(wording)
            assert said is not None, wording
            assert order.index(said.kind) <= order.index(kind), wording


# --- by meaning ----------------------------------------------------------------------------------

ROWS = [("thanks", "that was helpful"), ("person", "talk to a human"), ("goodbye", "see you")]
MEANINGS = Meanings(ROWS, np.eye(3, dtype=np.float32))


def near(kind: int, cosine: float) -> np.ndarray:
    return np.array([cosine if row == kind else 0.0 for row in range(3)], np.float32)


@pytest.mark.parametrize(
    ("text", "kind", "cosine", "found"),
    [
        pytest.param("helpful", 0, 0.58, "thanks", id="only words that small talk has"),
        pytest.param("helpful", 0, 0.56, None, id="not near"),
        pytest.param("helpful weather", 0, 0.69, None, id="a word of something else"),
        pytest.param("helpful weather", 0, 0.71, "thanks", id="and nearer"),
        pytest.param("that was not helpful", 0, 0.95, None, id="the contrary"),
        pytest.param("talk", 1, 0.69, None, id="a person is not called lightly"),
        pytest.param("talk", 1, 0.71, "person", id="a person"),
        pytest.param("no human", 1, 0.95, None, id="no person is wanted"),
        pytest.param("who is your boss", 1, 0.95, None, id="about people, not for one"),
        pytest.param("how do I talk to a human", 1, 0.95, "person", id="how asks for one"),
        pytest.param("i cant see you", 2, 0.95, None, id="a denial of any kind's wording"),
        pytest.param("how", 2, 0.95, None, id="a question word by itself"),
        pytest.param("cómo", 2, 0.95, None, id="a question word of another language"),
        pytest.param("how long", 2, 0.95, None, id="a question"),
        pytest.param("and the next morning?", 2, 0.95, None, id="a question that goes on"),
        pytest.param("how sweet", 0, 0.95, "thanks", id="an exclamation"),
    ],
)
def test_what_means_the_same_as_a_wording_is_small_talk(
    text: str, kind: int, cosine: float, found: str | None
) -> None:
    said = MEANINGS.kind(text, near(kind, cosine))
    assert (None if said is None else said.kind) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("今天过得怎么样", "how_are_you", id="only pairs of characters that it has"),
        pytest.param("今天天气怎么样", None, id="only characters that it has"),
    ],
)
def test_single_chinese_characters_tell_nothing(text: str, found: str | None) -> None:
    rows = [("how_are_you", "你今天过得怎么样"), ("goodbye", "美好的一天"), ("insult", "真生气")]
    said = Meanings(rows, np.eye(3, dtype=np.float32), is_second=True).kind(text, near(0, 0.69))
    assert (None if said is None else said.kind) == found


def test_an_entry_says_how_to_reach_a_person_if_one_of_its_phrasings_asks_for_one() -> None:
    faq = {"contact": ["When are you open?", "talk to a human"], "pay": ["How can I pay?"]}
    talk = SmallTalk(WORDS, phrasings=faq)
    assert talk.asking("person") == {"contact": 1}
    edited = {"contact": ["When are you open?"], "pay": faq["pay"], "new": ["an operator, please"]}
    assert talk.beside(edited).asking("person") == {"new": 1}
    assert talk.beside(faq).asking("person") == {"contact": 1}


def test_all_sentences_have_to_be_small_talk() -> None:
    talk = SmallTalk(WORDS, MEANINGS)

    def said(*sentences: str) -> str | None:
        parts = [(text, Read(text)) for text in sentences]
        found = talk.said(" ".join(sentences), Read(" ".join(sentences)), parts)
        return None if found is None else found.kind

    assert said("Hello.", "Talk to a human!") == "person"
    assert said("Hello.", "Where is my parcel?") is None


def test_an_encoder_embeds_the_wordings_that_it_can_read() -> None:
    class English:
        def unknown_share(self, text: str) -> float:
            return 0.0 if text.isascii() else 1.0

        def tokens(self, text: str) -> Sequence[str]:
            return text.split()

        def __contains__(self, word: object, /) -> bool:
            return True

    talk = Talk({"thanks": ("thanks", "谢谢", "🙏", "88")})
    assert rows_of(talk, English()) == [("thanks", "thanks")]
    assert rows_of(talk) == [("thanks", "thanks"), ("thanks", "谢谢")]


# --- and the FAQ ---------------------------------------------------------------------------------

POLICY = Policy(Thresholds(0.75, 0.60, 0.69), fingerprint="it")


def decided(score: float, kind: str, *, has_team: bool = False, careful: bool = True) -> str | None:
    policy = replace(POLICY, has_team=has_team, careful=careful)
    match = Match((Hit("contact", score, "Contact?", score),), text="text")
    decision = Rules(policy).decide(Reading(match, small_talk=Said(kind, 0.9)))
    assert (decision.small_talk is None) or (decision.action, decision.entry_id) == (
        Action.FALLBACK,
        None,
    )
    assert (decision.fingerprint, decision.best) == ("it", Hit("contact", score, "Contact?", score))
    return decision.small_talk


@pytest.mark.parametrize("careful", [True, False])
def test_small_talk_asks_nothing_back_but_an_answer_of_the_faq_comes_first(careful: bool) -> None:
    scores = (0.5, 0.65, 0.72, 0.8)
    found = [decided(score, "greeting", careful=careful) for score in scores]
    assert found == ["greeting"] * 3 + [None]


def test_made_of_wordings_it_comes_before_an_answer_that_no_phrasing_is_near_to() -> None:
    match = Match((Hit("contact", 0.8, "Contact?", 0.8),), text="hey bot", cosine=0.6)
    said = Said("greeting", 1.0, is_sure=True)
    assert Rules(POLICY).decide(Reading(match, small_talk=said)).small_talk == "greeting"


def test_whoever_asks_for_a_person_gets_one_where_there_is_a_team_and_else_what_the_faq_has() -> (
    None
):
    scores = (0.5, 0.65, 0.8)
    assert [decided(score, "person", has_team=True) for score in scores] == ["person"] * 3
    assert [decided(score, "person") for score in scores] == ["person", None, None]


@pytest.mark.parametrize("score", [0.3, 0.65])
def test_where_there_is_no_team_the_entry_that_says_how_to_reach_a_person_is_shown(
    score: float,
) -> None:
    contact, pay = Hit("contact", score, "talk to a human"), Hit("pay", 0.6, "How can I pay?")
    match = Match(tuple(sorted((contact, pay), key=lambda hit: -hit.score)), text="operator")
    reading = Reading(match, small_talk=Said("person", 1.0, is_sure=True, entry=contact))
    shown = Rules(POLICY).decide(reading)
    assert (shown.action, shown.entry_id, shown.tentative) == (Action.FOLLOW_UP, "contact", True)
    assert shown.candidates == (contact,)
    assert Rules(replace(POLICY, has_team=True)).decide(reading).small_talk == "person"


@pytest.mark.parametrize(("score", "found"), [(0.65, "person"), (0.8, None)])
def test_what_is_asked_back_instead_of_a_person_is_about_reaching_one(
    score: float, found: str | None
) -> None:
    match = Match((Hit("pay", score, "How can I pay?", score),), text="转人工", cosine=0.3)
    said = Said("person", 1.0, is_sure=True)
    assert Rules(POLICY).decide(Reading(match, small_talk=said)).small_talk == found
