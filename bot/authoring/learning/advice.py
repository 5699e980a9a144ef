"""What is best done about messages that were missed and ask the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain import Faq, Hit
from bot.labels.outcomes import got
from bot.matching.mask import masked
from bot.matching.words.lexicon import told_by
from bot.service.admins.learning import Advice, Group
from bot.store.store import Label, LabelKind, Missed

NEAR = 0.57  # mean score from which an entry is taken for what is asked; 0.60 would be asked about
TIED = 0.03  # mean scores so close that either entry may be meant
_MOST = 0.5  # share of people


@dataclass(slots=True)
class Asked:
    """One wording, and all who sent it.

    Attributes:
        text: without greeting, names and numbers.
        lang: the code of the language to answer in; None if unknown.
        sent: newest first.
        hits: what the FAQ has for it now, best first.
    """

    text: str
    lang: str | None = None
    sent: list[Missed] = field(default_factory=list)
    hits: Sequence[Hit] = ()

    @property
    def written(self) -> str:
        """As it was written last."""
        return self.sent[0].record.text or ""


def meant(message: Asked) -> str | None:
    """The entry that somebody has said it asks for: who wrote it, or the team."""
    return next((label.entry_id for label in _told([message]) if label.entry_id), None)


def people(messages: Iterable[Asked]) -> int:
    """How many have sent them."""
    return len({one.asker for message in messages for one in message.sent})


def group_of(faq: Faq, messages: Sequence[Asked]) -> Group:
    """A group with what is best done about it.

    Args:
        messages: the most central first.
    """
    advice, entry_ids = _advice(faq, messages)
    records = [one.record for message in messages for one in message.sent]
    labels = _told(messages)
    drafts = [label.text for label in labels if label.text is not None]
    return Group(
        name=masked(messages[0].written) or messages[0].text,
        texts=tuple(message.written for message in messages),
        people=people(messages),
        decision_ids=tuple(each.id for each in sorted(records, key=lambda one: one.at)),
        advice=advice,
        entry_ids=entry_ids,
        answer=max(drafts, key=len, default=""),
        lang=messages[0].lang,
    )


def _advice(faq: Faq, messages: Sequence[Asked]) -> tuple[Advice, tuple[str, ...]]:
    count = people(messages)
    sent = Counter(it.entry_id for it in _told(messages) if it.entry_id in faq.by_id)
    if sent:  # people and the team know best
        return Advice.PHRASING, tuple(str(each) for each, _ in sent.most_common())
    shown, refused = _refused(messages)
    disliked = [each for each in shown if len(shown[each]) >= _MOST * count and each in faq.by_id]
    if disliked:
        return Advice.SPLIT, tuple(disliked)
    scores = _scores(messages)
    near = [each for each in scores if len(refused.get(each, ())) < _MOST * count]
    if near and scores[near[0]] >= NEAR:
        rivals = [each for each in near[:2] if scores[each] >= scores[near[0]] - TIED]
        return (Advice.CONFLICT if len(rivals) > 1 else Advice.PHRASING), tuple(rivals)
    says_something = any(map(_says_something, messages))
    return (Advice.ENTRY if says_something else Advice.IGNORE), tuple(near[:1])


def _says_something(message: Asked) -> bool:
    """Whether a word of it says what it is about; Chinese and the like set no words apart."""
    return not message.text.isascii() or bool(told_by(message.text).telling)


def _told(messages: Iterable[Asked]) -> list[Label]:
    """What the team replied to them, and what people chose of what they were asked."""
    labels = (label for message in messages for one in message.sent for label in one.record.labels)
    return [label for label in labels if label.kind in {LabelKind.REPLIED, LabelKind.CHOICE}]


def _refused(messages: Iterable[Asked]) -> tuple[Mapping[str, set[str]], Mapping[str, set[str]]]:
    """By entry, who did not like its answer; and who did not take it for what they meant."""
    shown: dict[str, set[str]] = {}
    refused: dict[str, set[str]] = {}
    for one in (one for message in messages for one in message.sent):
        for label in one.record.labels:
            entry_id = label.entry_id or one.record.decision.entry_id
            if label.kind is LabelKind.DOWN and entry_id is not None:
                shown.setdefault(entry_id, set()).add(one.asker)
                refused.setdefault(entry_id, set()).add(one.asker)
            if label.kind is LabelKind.NONE:
                for each in got(one.record.decision):
                    refused.setdefault(each, set()).add(one.asker)
    return shown, refused


def _scores(messages: Sequence[Asked]) -> Mapping[str, float]:
    """The entries' mean scores over all messages, best first."""
    sums: dict[str, float] = defaultdict(float)
    for message in messages:
        for hit in message.hits:
            sums[hit.entry_id] += hit.score
    ranked = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    return {entry_id: total / len(messages) for entry_id, total in ranked}
