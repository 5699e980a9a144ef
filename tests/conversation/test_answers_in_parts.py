"""A message that holds several questions, and what is said to it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Action, Attachment, Choice, Decision, Faq, FileKind, Hit, Link, Reply, Span
from bot.files.config.texts import shipped
from tests.conversation.talk import FakeMatcher, Talk
from tests.factories import entry

STATUS, FEES = Link("Status", "https://example.com"), Link("Fees", "https://example.com/fees")
FORM, MAP, BILL = (Attachment(FileKind.DOCUMENT, name) for name in ("a.pdf", "b.pdf", "c.pdf"))
FAQ = Faq(
    (
        entry("return", "How to return?", related=("refund", "delete"), links=(FEES, STATUS)),
        entry("refund", "When is it paid?", related=("return", "delete", "pay"), links=(STATUS,)),
        entry("delete", "How to delete?"),
        entry("pay", "How to pay?"),
    )
)


def in_parts(*parts: tuple[str, Action]) -> Decision:
    """A message answered in these parts."""
    hits = tuple(Hit(name, 0.9, "…") for name, _ in parts)
    decided = tuple(
        Decision(action, hit.entry_id, 0.9, (hit, Hit("pay", 0.1, "…")), "why")
        for hit, (_, action) in zip(hits, parts, strict=True)
    )
    answered = next(name for name, action in parts if action is Action.ANSWER)
    return Decision(Action.ANSWER, answered, 0.9, hits, "in parts", parts=decided)


def told(decision: Decision, faq: Faq = FAQ) -> Reply:
    return Talk(faq, FakeMatcher(otherwise=decision)).said("any")


def test_a_message_answered_in_two_parts_shows_both_answers_under_their_questions() -> None:
    """With each link once, and each related question once unless it was just answered."""
    decision = in_parts(("return", Action.ANSWER), ("refund", Action.ANSWER))
    assert told(decision) == Reply(
        "How to return?\nanswer of return\n\nWhen is it paid?\nanswer of refund",
        related=(Choice("delete", "How to delete?"), Choice("pay", "How to pay?")),
        links=(FEES, STATUS),
        decision=decision,
        spans=(
            Span("How to return?", bold=True),
            Span("\n"),
            Span("answer of return"),
            Span("\n\n"),
            Span("When is it paid?", bold=True),
            Span("\n"),
            Span("answer of refund"),
        ),
        answered=("return", "refund"),
    )


def test_what_an_unsure_part_may_have_meant_is_offered_before_what_is_related() -> None:
    """Its first candidate alone, and once though it is related too; one answer has no heading."""
    decision = in_parts(("delete", Action.FOLLOW_UP), ("return", Action.ANSWER))
    assert told(decision) == Reply(
        "answer of return",
        related=(Choice("delete", "How to delete?"), Choice("refund", "When is it paid?")),
        links=(FEES, STATUS),
        decision=decision,
        spans=(Span("answer of return"),),
        answered=("return",),
    )


def test_the_files_of_all_answers_come_after_them_each_once() -> None:
    faq = Faq(
        (
            replace(entry("return"), attachments=(FORM, MAP)),
            replace(entry("refund"), attachments=(MAP, BILL)),
        )
    )
    decision = in_parts(("return", Action.ANSWER), ("refund", Action.ANSWER))
    assert told(decision, faq).attachments == (FORM, MAP, BILL)


def test_answers_in_parts_end_a_follow_up() -> None:
    asked = Decision(Action.FOLLOW_UP, "delete", 0.7, (Hit("delete", 0.7, "…"),), "why")
    both = in_parts(("return", Action.ANSWER), ("refund", Action.ANSWER))
    talk = Talk(FAQ, FakeMatcher({"unclear": asked, "two things": both}))
    assert talk.said("unclear", "two things", "1").text == shipped()["en"].fallback
