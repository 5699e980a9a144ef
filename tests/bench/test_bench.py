"""The benchmarks count what they say they count."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import bench.quality
import bench.sts
from bench.embedding import KeptEmbedder, RememberingEncoder
from bench.guarding import (
    GUARDS,
    answered_contradictions,
    contradictions,
    measure_guards,
    silenced,
)
from bench.outcomes import Quality, intervals, is_top1, means, measure
from bench.sets import Pair, Query, shortened
from bench.trial import Extras, assembled, run_trial
from bench.two_questions import (
    AND,
    SENTENCES,
    TwoQuestions,
    TwoQuestionsQuality,
    measure_two_questions,
    two_questions,
)
from bench.typing_errors import with_typing_errors, words
from bot.domain import Action, Decision, Faq, Hit
from bot.files.config import Score
from bot.matching.decide import guards
from bot.matching.score.ranker import Match
from bot.tuning.evaluate.outcomes import Outcome, judge
from bot.tuning.evaluate.ranks import auroc, average_ranks, pearson, spearman
from bot.tuning.show.tables import table
from tests.factories import LINES, entry
from tests.fakes import FakeEmbedder, fake_encoder

SHOP = Faq(
    (
        entry("refund", "how do I get a refund", "give me my money back"),
        entry("track", "where is my parcel now", "track my order"),
    )
)


def decided(action: Action, *candidates: str, score: float = 0.5) -> Decision:
    hits = tuple(Hit(entry_id, score, "") for entry_id in candidates)
    told = None if action is Action.FALLBACK or not candidates else candidates[0]
    return Decision(action, told, score, hits, "")


def in_parts(*entries: str) -> Decision:
    parts = tuple(decided(Action.ANSWER, entry_id) for entry_id in entries)
    first = parts[0]
    return Decision(Action.ANSWER, first.entry_id, 0.9, first.candidates, "", parts=parts)


def fake_model(embedder: FakeEmbedder | None = None) -> RememberingEncoder:
    return RememberingEncoder(fake_encoder(embedder or FakeEmbedder()), "fake model", None)


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [
        pytest.param(decided(Action.ANSWER, "a", "b"), Outcome.RIGHT, id="answers it"),
        pytest.param(decided(Action.ANSWER, "b", "a"), Outcome.WRONG, id="answers another"),
        pytest.param(decided(Action.FOLLOW_UP, "b", "a"), Outcome.HELD, id="offers it"),
        pytest.param(decided(Action.FOLLOW_UP, "b", "c"), Outcome.MISSED, id="offers others"),
        pytest.param(decided(Action.FALLBACK, "a"), Outcome.FALLBACK, id="nearly offers it"),
        pytest.param(decided(Action.FALLBACK), Outcome.FALLBACK, id="has nothing"),
        pytest.param(in_parts("a"), Outcome.RIGHT, id="answers the one part that asks it"),
        pytest.param(in_parts("a", "b"), Outcome.WRONG, id="answers it and another"),
        pytest.param(in_parts("b", "a"), Outcome.WRONG, id="answers another and it"),
    ],
)
def test_an_in_scope_message_has_one_outcome(decision: Decision, outcome: Outcome) -> None:
    assert judge("a", decision) is outcome


def test_top_1_asks_for_the_first_candidate_whatever_was_done() -> None:
    assert is_top1("a", decided(Action.FALLBACK, "a", "b"))
    assert not is_top1("a", decided(Action.ANSWER, "b", "a"))
    assert not is_top1("a", decided(Action.FALLBACK))


def test_shares_are_of_in_scope_or_out_of_scope_messages() -> None:
    rows: list[tuple[str | None, Decision]] = [
        ("a", decided(Action.ANSWER, "a", score=0.9)),
        ("a", decided(Action.ANSWER, "b", score=0.8)),
        ("a", decided(Action.FOLLOW_UP, "b", "a", score=0.7)),
        ("a", decided(Action.FOLLOW_UP, "b", score=0.6)),
        ("a", decided(Action.FALLBACK, "a", score=0.1)),
        (None, decided(Action.ANSWER, "a", score=0.85)),
        (None, decided(Action.FOLLOW_UP, "a", score=0.65)),
        (None, decided(Action.FALLBACK, "a", score=0.0)),
        (None, decided(Action.FALLBACK)),
    ]
    found = measure([expected for expected, _ in rows], [decision for _, decision in rows])
    assert found.precision == pytest.approx(0.14 / (0.28 + 0.075))
    assert replace(found, precision=None) == Quality(
        in_scope=5,
        out_of_scope=4,
        right=0.2,
        wrong=0.2,
        held=0.2,
        missed=0.2,
        fallback=0.2,
        oos_answered=0.25,
        oos_asked=0.25,
        # Out-of-scope scores are 0.85, 0.65, 0 and 0.5; in-scope ones beat 4, 3, 3, 2 and 1.
        auroc=13 / 20,
        top1=0.4,
        precision=None,
    )


def test_what_was_not_asked_has_no_share() -> None:
    only_inside = measure(["a"], [decided(Action.ANSWER, "a")])
    assert (only_inside.right, only_inside.oos_answered) == (1.0, None)
    assert (only_inside.auroc, only_inside.precision) == (None, None)
    only_outside = measure([None], [decided(Action.ANSWER, "a")])
    assert (only_outside.right, only_outside.top1, only_outside.oos_answered) == (None, None, 1.0)


@pytest.mark.parametrize(
    ("inside", "outside", "expected"),
    [
        pytest.param([0.9, 0.8], [0.1, 0.2], 1.0, id="apart"),
        pytest.param([0.1], [0.9, 0.8], 0.0, id="the wrong way round"),
        pytest.param([0.5, 0.5], [0.5], 0.5, id="all equal"),
        pytest.param([0.9, 0.4, 0.5], [0.5, 0.3], 4.5 / 6, id="four wins and a tie of six"),
        pytest.param([], [0.5], None, id="nothing in scope"),
        pytest.param([0.5], [], None, id="nothing out of scope"),
    ],
)
def test_auroc_is_the_share_of_pairs_in_order(
    inside: list[float], outside: list[float], expected: float | None
) -> None:
    assert auroc(inside, outside) == expected


def test_equal_values_share_their_ranks() -> None:
    assert average_ranks([10, 20, 20, 5, 20]).tolist() == [2, 4, 4, 1, 4]


def test_spearman_is_pearson_of_the_shared_ranks() -> None:
    # Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: covariance 4.5, variances 4.5 and 5.
    assert spearman([1, 2, 2, 3], [0.1, 0.8, 0.3, 0.9]) == pytest.approx(4.5 / (4.5 * 5) ** 0.5)
    assert spearman([1, 2, 3], [1, 10, 1000]) == pytest.approx(1.0)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)


def test_a_side_that_does_not_vary_has_no_correlation() -> None:
    assert pearson([1, 1, 1], [1, 2, 3]) is None
    assert spearman([1], [1]) is None


def quality(right: float, size: int = 100, oos_answered: float | None = 0.1) -> Quality:
    return Quality(
        in_scope=size, out_of_scope=0 if oos_answered is None else size, right=right,
        wrong=0.0, held=0.0, missed=0.0, fallback=1 - right, oos_answered=oos_answered,
        oos_asked=0.0, auroc=None, top1=right, precision=None,
    )  # fmt: skip


def test_every_set_weighs_the_same_in_a_mean() -> None:
    found = means([quality(0.8, size=1000), quality(0.4, size=10, oos_answered=None)])
    assert found["right"] == pytest.approx(0.6)
    assert found["oos_answered"] == pytest.approx(0.1)
    assert found["auroc"] is None


def test_an_interval_is_seeded_and_narrows_with_the_messages() -> None:
    few, many = [quality(0.5, size=100)], [quality(0.5, size=10_000)]
    assert intervals(few, seed=1) == intervals(few, seed=1)
    assert intervals(few, seed=1) != intervals(few, seed=2)
    assert intervals(few, seed=0)["right"] == pytest.approx((0.40, 0.60), abs=0.02)
    assert intervals(many, seed=0)["right"] == pytest.approx((0.49, 0.51), abs=0.002)
    assert intervals(few, seed=0)["wrong"] == (0.0, 0.0)
    assert "oos_answered" not in intervals([quality(0.5, oos_answered=None)], seed=0)


TEXTS = ["Where is my parcel now", "it did not come", "refund the whole order please"] * 20


@pytest.mark.parametrize("mistyped", [0.0, 0.1, 0.5, 1.0])
def test_the_share_of_words_that_is_asked_for_is_mistyped(mistyped: float) -> None:
    typed = with_typing_errors(TEXTS, mistyped, seed=0)
    before = [word for text in TEXTS for word in text.split()]
    after = [word for text in typed for word in text.split()]
    changed = [(was, now) for was, now in zip(before, after, strict=True) if was != now]
    assert words(TEXTS) == 140
    assert len(changed) == round(mistyped * 140)
    assert all(len(was) >= 4 and len(was) - len(now) in (0, 1) for was, now in changed)


def test_typing_errors_depend_on_the_seed_alone() -> None:
    assert with_typing_errors(TEXTS, 0.3, seed=1) == with_typing_errors(TEXTS, 0.3, seed=1)
    assert with_typing_errors(TEXTS, 0.3, seed=1) != with_typing_errors(TEXTS, 0.3, seed=2)


def test_a_wrong_letter_is_a_neighbour_on_the_keyboard() -> None:
    typed = with_typing_errors(["gggg"] * 50, 1.0, seed=0)
    assert {letter for text in typed for letter in text} == set("gftyhbv")


QUERIES = (
    Query("how do I get a refund?", "refund", "dev"),
    Query("where is my parcel", "track", "dev"),
    Query("the parcel is late", "track", "dev"),
    Query("what is the weather", None, "dev"),
)


def test_two_questions_are_of_different_entries_and_half_in_each_form() -> None:
    found = two_questions(QUERIES, 20, seed=0, is_english=True)
    assert [message.form for message in found] == [SENTENCES] * 10 + [AND] * 10
    assert {message.expected for message in found} == {frozenset({"refund", "track"})}
    assert {message.text for message in found} <= {
        "how do I get a refund? where is my parcel?",
        "how do I get a refund? the parcel is late.",
        "where is my parcel? how do I get a refund?",
        "the parcel is late. how do I get a refund?",
        "how do I get a refund and where is my parcel",
        "how do I get a refund and the parcel is late",
        "where is my parcel and how do I get a refund?",
        "the parcel is late and how do I get a refund?",
    }
    assert two_questions(QUERIES, 20, seed=0, is_english=True) == found
    assert two_questions(QUERIES[1:3], 20, seed=0, is_english=True) == []


def test_two_questions_are_counted_by_what_was_answered() -> None:
    message = TwoQuestions("", frozenset({"a", "b"}), AND)
    replies = [
        in_parts("a", "b"),
        in_parts("a", "c"),
        decided(Action.ANSWER, "b"),
        decided(Action.ANSWER, "c"),
        decided(Action.FOLLOW_UP, "a", "b"),
    ]
    found = measure_two_questions([message] * 5, replies)
    assert found == TwoQuestionsQuality(5, some_right=3, both_right=1, some_wrong=2)


def test_silenced_guards_doubt_nothing_and_wake_again() -> None:
    assert {"close_call", "numbers", "polarity"} <= set(GUARDS)
    denied = Match((), text="it does not work", close=("it works",))
    with silenced(["polarity"]):
        assert guards.doubt_of(denied) is None
        assert guards.doubt_of(Match((), text="at 5", close=("at 6",))) is not None
    assert guards.doubt_of(denied) is not None


def test_right_answers_that_a_guard_costs_are_counted_by_guard() -> None:
    embedder = FakeEmbedder(
        {
            "it works": (1, 0, 0),
            "now pay": (0, 1, 0),
            "it does not work": (1, 0.1, 0),
            "it works well": (1, 0.1, 0),
            "do not pay now": (0.1, 1, 0),
        }
    )
    faq = Faq((entry("works", "it works"), entry("pay", "now pay")))
    bot = assembled(faq, Score.BLENDED, LINES, fake_model(embedder))
    asked = [
        Query("it does not work", "works", "dev"),
        Query("it works well", "works", "dev"),
        Query("do not pay now", None, "dev"),
    ]
    found = measure_guards(bot, asked)
    assert (found.right, found.right_lost) == (2, 1)
    assert {name: count for name, count in found.lost_by.items() if count} == {"polarity": 1}
    assert (found.wrong, found.wrong_stopped) == (1, 1)


def test_contradicted_sentences_become_entries_once() -> None:
    pairs = [
        Pair("a dog runs", "no dog runs", 3.0, "CONTRADICTION", "dev"),
        Pair("a dog runs", "a dog sits", 3.0, "CONTRADICTION", "dev"),
        Pair("a cat sits", "no cat sits", 3.0, "CONTRADICTION", "dev"),
        Pair("a man eats", "a man dines", 4.0, "ENTAILMENT", "dev"),
        Pair("a man eats", "no man eats", 4.0, "CONTRADICTION", "test"),
    ]
    found = contradictions(pairs, "dev")
    assert [(it.id, it.question) for it in found.faq.entries] == [
        ("p0", "a dog runs"),
        ("p1", "a cat sits"),
    ]
    assert found.asked == (("no dog runs", "p0"), ("a dog sits", "p0"), ("no cat sits", "p1"))
    replies = [
        decided(Action.ANSWER, "p0"),
        decided(Action.ANSWER, "p1"),
        decided(Action.FOLLOW_UP, "p1"),
    ]
    assert answered_contradictions(found.asked, replies) == (1, 2)


def test_k_wordings_are_the_question_and_the_first_phrasings() -> None:
    faq = Faq((entry("a", "one", "two", "three"), entry("b", "four")))
    assert [it.wordings for it in shortened(faq, 1).entries] == [("one",), ("four",)]
    assert [it.wordings for it in shortened(faq, 2).entries] == [("one", "two"), ("four",)]
    assert shortened(faq, None) == shortened(faq, 9) == faq


def test_a_text_is_encoded_once(tmp_path: Path) -> None:
    inner = FakeEmbedder()
    path = tmp_path / "vectors.npz"
    first = KeptEmbedder(inner, path, "model")
    rows = first.encode(["b", "a", "b"])
    assert inner.encoded == ["a", "b"]
    assert (rows == FakeEmbedder().encode(["b", "a", "b"])).all()
    first.save()
    again = KeptEmbedder(inner, path, "model")
    assert (again.encode(["b", "a", "b"]) == rows).all()
    assert inner.encoded == ["a", "b"]
    KeptEmbedder(inner, path, "another model").encode(["a"])
    assert inner.encoded == ["a", "b", "a"]


def test_a_trial_asks_the_product_itself() -> None:
    bot = assembled(SHOP, Score.COSINE, LINES, fake_model())
    found = run_trial(bot, QUERIES, Extras(), 0, is_english=True)
    assert (found.quality.in_scope, found.quality.out_of_scope) == (3, 1)
    assert (found.typos, found.pairs, found.guards) == ((), None, None)


def test_a_trial_measures_the_extras_that_are_asked_for() -> None:
    bot = assembled(SHOP, Score.BLENDED, LINES, fake_model())
    extras = Extras(typos=(0.0, 1.0), pairs=6, guards=True)
    found = run_trial(bot, QUERIES, extras, 0, is_english=True)
    clean, mistyped = found.typos
    assert (clean.words, clean.top1) == (0, found.quality.top1)
    assert mistyped.words == words([query.text for query in QUERIES[:3]])
    assert found.pairs is not None
    assert [form.messages for form in found.pairs.forms.values()] == [3, 3]
    assert found.pairs.ordinary == 4
    assert found.guards is not None


def test_a_table_is_aligned() -> None:
    rows = [("a", 1, "10.5"), ("long", None, "3.0")]
    assert table(("set", "k", "right\nin %"), rows).split("\n") == [
        "         right",
        "set   k   in %",
        "----  -  -----",
        "a     1   10.5",
        "long  -    3.0",
    ]


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a set and pairs, and the fake model in the real one's place."""
    for name in ("shop", "laden-zh"):
        folder = tmp_path / "sets" / name
        folder.mkdir(parents=True)
        (folder / "faq.yaml").write_text(
            "- id: refund\n  question: how do I get a refund\n"
            "  phrasings: [give me my money back]\n  answer: Ask us.\n"
            "- id: track\n  question: where is my parcel now\n  answer: Look it up.\n",
            "utf-8",
        )
        lines = [{"text": q.text, "expected": q.expected, "split": q.split} for q in QUERIES]
        text = "\n".join(json.dumps(line) for line in lines)
        (folder / "queries.jsonl").write_text(text + "\n", "utf-8")
    pairs = tmp_path / "sets" / "pairs"
    pairs.mkdir()
    rows = [
        {"a": "a dog", "b": "no dog", "score": 1, "label": "CONTRADICTION", "split": "dev"},
        {"a": "a dog", "b": "a dog", "score": 5, "label": "ENTAILMENT", "split": "dev"},
    ]
    (pairs / "pairs.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    for command in (bench.quality, bench.sts):
        monkeypatch.setattr(command, "load_remembering", lambda *_: fake_model())
    return tmp_path / "sets"


def test_the_table_has_a_row_per_set_score_and_k(
    sets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [str(sets), "--phrasings", "1,all", "--json", "--typos", "0.5", "--pairs", "4"]
    assert bench.quality.main([*options, "--guards"]) == 0
    told = json.loads(capsys.readouterr().out)
    asked = [(row["set"], row["score"], row["k"]) for row in told["rows"]]
    assert asked == [
        (name, score, k)
        for name in ("laden-zh", "shop")
        for score in ("cosine", "blended")
        for k in ("1", "all")
    ]
    means_of = [(row["score"], row["k"], row["sets"]) for row in told["means"]]
    assert means_of == [(score, k, 1) for score in ("cosine", "blended") for k in ("1", "all")]
    assert [len(told[extra]) for extra in ("typos", "pairs", "guards")] == [4, 4, 4]
    ways = [row["way"] for row in told["contradictions"]]
    assert ways == ["cosine", "blended, no guards", "blended"]


def test_the_same_options_print_the_same(sets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [str(sets), "--phrasings", "1,2", "--typos", "0.5", "--pairs", "4", "--guards"]
    assert bench.quality.main(options) == 0
    first = capsys.readouterr().out
    assert bench.quality.main(options) == 0
    assert capsys.readouterr().out == first
    assert first.startswith("CPUs ")
    assert "mean of 1" in first


def test_extras_are_measured_on_the_blended_score_only(
    sets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [str(sets), "--scores", "cosine", "--phrasings", "all", "--pairs", "2", "--json"]
    assert bench.quality.main(options) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["score"] for row in told["rows"]} == {"cosine"}
    assert {row["score"] for row in told["pairs"]} == {"blended"}


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["nowhere"], "nowhere: there is no such folder; name one whose folders are the sets."),
        (
            ["{sets}", "--sets", "shpo"],
            "{sets}: it holds no set named 'shpo'. Did you mean 'shop'? It has: laden-zh, shop.",
        ),
        (
            ["{sets}", "--thresholds", "0.6,0.7"],
            "python -m bench.quality: argument --thresholds: follow-up 0.7 exceeds answer 0.6. "
            "See: python -m bench.quality --help",
        ),
        (
            ["{sets}", "--phrasings", "0"],
            "python -m bench.quality: argument --phrasings: 0 is less than 1. "
            "See: python -m bench.quality --help",
        ),
        (
            ["{sets}", "--typos", "1.5"],
            "python -m bench.quality: argument --typos: 1.5 is not from 0 to 1. "
            "See: python -m bench.quality --help",
        ),
    ],
)
def test_wrong_input_is_one_line(
    sets: Path, capsys: pytest.CaptureFixture[str], options: list[str], line: str
) -> None:
    try:
        code: object = bench.quality.main([option.format(sets=sets) for option in options])
    except SystemExit as exit_:
        code = exit_.code
    assert code == 2
    assert capsys.readouterr().err == line.format(sets=sets) + "\n"


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ("[1]", "this is not a JSON object; one per line is needed."),
        ('{"text": 5, "expected": null, "split": "dev"}', "text is 5; text is needed."),
        (
            '{"text": "x", "expected": "gone", "split": "dev"}',
            "expected is 'gone', which faq.yaml does not have.",
        ),
    ],
)
def test_a_bad_line_of_a_set_is_named(
    sets: Path, capsys: pytest.CaptureFixture[str], record: str, problem: str
) -> None:
    path = sets / "shop" / "queries.jsonl"
    path.write_text(path.read_text("utf-8") + record + "\n", "utf-8")
    assert bench.quality.main([str(sets)]) == 2
    assert capsys.readouterr().err == f"{path}:5: {problem}\n"


def test_sts_has_a_row_per_set_with_scores(sets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.sts.main([str(sets), "--split", "dev", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row == {
        "name": "pairs",
        "pairs": 2,
        "pearson": pytest.approx(1.0),
        "spearman": pytest.approx(1.0),
    }
    assert bench.sts.main([str(sets), "--split", "gone"]) == 2
    assert capsys.readouterr().err == (
        "pairs: left out, it has no scored pairs of split gone.\n"
        f"{sets}: there are no scored pairs of split 'gone'.\n"
    )
