"""What `unanswered` prints."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import dedent

from bot.domain import Faq
from bot.domain.flip import Flip, Kind, Turn
from bot.formatting import one_line
from bot.labels.outcomes import shown_entries
from bot.matching.mask import masked
from bot.service.admins.learning import Adds, Advice, Group, Proposal

ANSWERING = 'python -m bot unanswered --apply {} --answer "…"'
_MOST_CHARS = 100
_OTHERS = 3  # wordings beside a group's name
_TURNS = {Turn.BETTER: "better", Turn.WORSE: "worse", Turn.UNKNOWN: "different"}
_SPEAKING = 3  # flips that speak against a proposal


@dataclass(frozen=True, slots=True)
class Item:
    """A group as it is listed.

    Attributes:
        proposal: what `--apply` would do; None where that takes a person.
        why_not: why there is none, though something is to be added; "" elsewhere.
    """

    number: int
    group: Group
    proposal: Proposal | None = None
    why_not: str = ""

    @property
    def needs_answer(self) -> bool:
        """Whether it becomes an entry once somebody writes an answer."""
        return self.group.advice is Advice.ENTRY and not self.group.answer


def as_text(items: Sequence[Item], faq: Faq, groups: int) -> str:
    """For a person.

    Args:
        groups: how many there are in all.
    """
    parts = [_item(item, faq) for item in items]
    if groups > len(items):
        parts.append(f"… and {groups - len(items):,} more, which come up as these are done.")
    ways = ["To hear no more of one: python -m bot unanswered --ignore NUMBER"]
    if any(item.proposal is not None and item.proposal.harmless for item in items):
        ways.insert(0, "To take one over: python -m bot unanswered --apply NUMBER")
    if any(item.needs_answer for item in items):
        ways.insert(0, f"To answer one yourself: {ANSWERING.format('NUMBER')}")
    return "\n\n".join([*parts, "\n".join(ways)])


def ignored(items: Sequence[Item]) -> str:
    """What admins ignore, for a person."""
    way = "To list one again: python -m bot unanswered --heed NUMBER"
    return "\n\n".join([*("\n   ".join(_asked(item)) for item in items), way])


def as_json(items: Sequence[Item], groups: int) -> str:
    """One JSON object, for machines."""
    found = {"groups": groups, "listed": [_record(item) for item in items]}
    return json.dumps(found, ensure_ascii=False)


def _item(item: Item, faq: Faq) -> str:
    return "\n   ".join([*_asked(item), *_proposed(item, faq)])


def _asked(item: Item) -> list[str]:
    """How many people ask what."""
    group = item.group
    people = f"{group.people:,} {'person' if group.people == 1 else 'people'}"
    lines = [f"{item.number}. {people}: {_quoted(group.name)}"]
    others = [each for each in map(masked, group.texts[1:]) if each]
    if others:
        more = len(others) - _OTHERS
        told = ", ".join(map(_quoted, others[:_OTHERS]))
        lines.append(f"also {told}" + (f" and {more:,} more" if more > 0 else ""))
    return lines


def advice(item: Item, faq: Faq) -> str:
    """What is best done."""
    group, proposal = item.group, item.proposal
    named = [f"{each} ({_quoted(faq.by_id[each].question)})" for each in group.entry_ids]
    if group.advice is Advice.CONFLICT:
        return f"{' and '.join(named)} both claim it. Say in each what only that one is about."
    if group.advice is Advice.SPLIT:
        told = f"{named[0]} is shown for it, and doesn't help."
        return f"{told} Give what these people ask an entry of its own."
    if group.advice is Advice.IGNORE:
        return "It says too little to be answered. Ignore it."
    if proposal is None:
        return item.why_not or "Nothing in the FAQ answers it yet."
    what = "a new entry, with what the team replied as its answer"
    if proposal.adds is Adds.PHRASING:
        what = f"it to {named[0]}"
    return f"Add {what}, {_place(proposal)}:"


def _proposed(item: Item, faq: Faq) -> list[str]:
    """What is best done, what is added for that, and what would change."""
    added = "" if item.proposal is None else dedent(item.proposal.added)
    change = [] if item.proposal is None else _change(item, item.proposal)
    return [f"→ {advice(item, faq)}", *(f"  {line}" for line in added.splitlines()), *change]


def _change(item: Item, proposal: Proposal) -> list[str]:
    """What would change, and what speaks against it."""
    own = {masked(text, "…") for text in item.group.texts}
    of_log = [flip for flip in proposal.flips if flip.kind is Kind.LOGGED]
    helped = {it.text for it in of_log if shown_entries(it.after) == {proposal.entry_id}} & own
    others = [flip for flip in proposal.flips if flip.text not in helped]
    lines = [
        f"{_gain(len(helped), len(own))} Tried on {proposal.asked:,} messages, tests and wordings; "
        f"{_others(others)}."
    ]
    for flip in proposal.harmful[:_SPEAKING]:
        entry_ids = ", ".join(sorted(shown_entries(flip.after))) or "nothing"
        lines.append(f"Against it: {_quoted(flip.text)} would be shown {entry_ids}.")
    if not proposal.harmless:
        lines.append("So --apply leaves it alone; add it by hand if you know better.")
    if proposal.hindrance is not None:
        lines.append(f"It has to be added by hand: {proposal.hindrance}")
    return lines


def _gain(helped: int, wordings: int) -> str:
    if wordings == 1:
        return "Then it gets that answer." if helped else "It wouldn't get that answer even then."
    every = "both" if wordings == 2 else f"all {wordings:,}"
    count = every if helped == wordings else f"{helped:,} of the {wordings:,}"
    return f"Then {count} wordings get that answer."


def _others(flips: Sequence[Flip]) -> str:
    if not flips:
        return "nothing else changes"
    counts = Counter(flip.turn for flip in flips)
    told = (f"{counts[turn]:,} {its}" for turn, its in _TURNS.items() if counts[turn])
    return f"what else changes: {', '.join(told)}"


def _place(proposal: Proposal) -> str:
    return f"{proposal.path}:{proposal.line}"


def _quoted(text: str) -> str:
    flat = one_line(text)
    return f"“{flat if len(flat) <= _MOST_CHARS else flat[: _MOST_CHARS - 1] + '…'}”"


def _record(item: Item) -> dict[str, object]:
    group, proposal = item.group, item.proposal
    found: dict[str, object] = {
        "number": item.number,
        "name": group.name,
        "wordings": [each for each in map(masked, group.texts) if each],
        "people": group.people,
        "advice": group.advice,
        "entries": group.entry_ids,
        "answer": group.answer,
        "proposal": None,
    }
    if proposal is not None:
        found["proposal"] = {
            "adds": proposal.adds,
            "entry": proposal.entry_id,
            "text": proposal.text,
            "place": _place(proposal),
            "added": proposal.added,
            "harmless": proposal.harmless,
            "flips": proposal.turns,
            "asked": proposal.asked,
            "hindrance": None if proposal.hindrance is None else str(proposal.hindrance),
        }
    return found
