"""Doubts that a score does not see.

Each guard is a small pure function that says what makes it doubt, or None; a new one is a function
and a row of `GUARDS`. A doubt turns an answer into a follow-up, never the other way: the person who
asked decides. (What keeps scripts that the model cannot read from the encoder stands before the
score: `blended`.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.matching.score.ranker import Match

Guard = Callable[[Match], str | None]

CLOSE_CALL = 0.04  # raw margin, which is twice the difference of the two entries' s
# Below this share of common words, a denial says the same thing in other words as often as the
# contrary: "my purchase is not there" and "my purchase is missing".
SAME_WORDS = 0.5
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\d_]+(?:['’][^\W\d_]+)?")
_NEGATIONS = frozenset(
    re.findall(
        r"\w+",
        """
        no not never none nothing nobody nowhere neither nor without cannot unable
        aint arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt mustnt neednt shant
        shouldnt wasnt werent wont wouldnt
        """,
    )
)
_NEGATIONS_ZH = "不没無无未别勿非"
# "能不能", "有没有", "是不是" ask, and in "非常" or "特别" the sign is part of another word.
_NO_DENIAL_ZH = re.compile(
    r"(.)[不没]\1|有没有|不好意思|没关系|不过|不仅|不但|非常|特别|别人|别的|区别|级别|类别|性别|个别"
    r"|未来|无线|无论|不管|差不多|不锈钢"
)
_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an the this that these those it its is are was were be been being am do does did has have
        had having there i you he she we they me my your our their him her us them to of in on at
        for with and or if so can could will would should may please just any some 的 了 吗 呢 是 我
        """,
    )
)
_OPPOSITE_PAIRS = (
    "on/off in/out into/out up/down over/under open/close opening/closing opened/closed full/empty "
    "near/far before/after more/less start/stop starting/stopping add/remove increase/decrease "
    "raise/lower enable/disable activate/deactivate subscribe/unsubscribe lock/unlock "
    "inside/outside indoors/outdoors indoors/outside large/small "
    "big/small big/little huge/small high/low early/late first/last hot/cold wet/dry day/night "
    "upgrade/downgrade deposit/withdraw "
    "login/logout arrive/leave arrival/departure 开/关 上/下 大/小 早/晚 前/后"
)
_ENDINGS = ("ing", "ed", "es", "s")


def _table(pairs: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in pairs.split():
        one, other = pair.split("/")
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(opposites) for word, opposites in found.items()}


_OPPOSITES = _table(_OPPOSITE_PAIRS)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the bot asks although the score is high.

    Attributes:
        guard: the name of the guard whose doubt it is.
        reason: half a sentence for whoever asks why.
    """

    guard: str
    reason: str


def polarity(match: Match) -> str | None:
    """The one says the contrary of the other in the same words: "it is here", "it is not here".

    Contrary is a denial on one side only, or opposite words such as "on" and "off"; both together
    agree again. One close phrasing that agrees with the utterance is enough to still the doubt.
    """
    said = _words(match.text)
    if not match.close or not all(_is_contrary(match.text, said, p) for p in match.close):
        return None
    content = _content_words(said)
    for phrasing in match.close:
        if _share_in_common(content, _content_words(_words(phrasing))) >= SAME_WORDS:
            return f"the message says the contrary of “{phrasing}”"
    return None


def numbers(match: Match) -> str | None:
    """The one names other numbers, versions or dates than the other.

    A number that any of the close phrasings shares stills the doubt.
    """
    asked = set(_NUMBER.findall(match.typed or match.text))
    nearest = set(_NUMBER.findall(match.close[0])) if match.close else set()
    known = {number for phrasing in match.close for number in _NUMBER.findall(phrasing)}
    if not asked or not nearest or asked & known:
        return None
    there = ", ".join(sorted(nearest))
    return f"the message says {', '.join(sorted(asked))}, “{match.close[0]}” {there}"


def close_call(match: Match) -> str | None:
    """Two entries fit almost equally well."""
    if len(match.hits) < 2:
        return None
    first, second = match.hits[:2]
    if first.raw is None or second.raw is None or first.raw - second.raw >= CLOSE_CALL:
        return None
    return f"{first.entry_id} and {second.entry_id} fit almost equally well"


# By name, in the order in which they are heard; the first doubt counts.
GUARDS: tuple[tuple[str, Guard], ...] = (
    ("polarity", polarity),
    ("numbers", numbers),
    ("close_call", close_call),
)


def doubt_of(match: Match) -> Doubt | None:
    """What speaks against an answer; None for nothing, as for a phrasing typed word for word."""
    if match.word_for_word:
        return None
    if match.doubted_by is not None:
        return Doubt(match.doubted_by, "a guard doubted it when it was asked")
    for name, guard in GUARDS:
        reason = guard(match)
        if reason is not None:
            return Doubt(name, reason)
    return None


def _is_contrary(utterance: str, said: list[str], phrasing: str) -> bool:
    words = _words(phrasing)
    one_denies = _denies(utterance, said) != _denies(phrasing, words)
    return one_denies != _are_opposite(frozenset(said), frozenset(words))


def _denies(text: str, words: list[str]) -> bool:
    english = any(word in _NEGATIONS for word in words)
    chinese = any(sign in _NEGATIONS_ZH for sign in _NO_DENIAL_ZH.sub("", text))
    return english or chinese


def _are_opposite(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether the one has a word, the other its opposite, and neither has both."""
    return any(
        not opposites.isdisjoint(others - some) and word not in others
        for word in some
        if some.isdisjoint(opposites := _OPPOSITES.get(word, frozenset())) and opposites
    )


def _words(text: str) -> list[str]:
    """Words in lower case without apostrophes; Chinese characters one by one."""
    return [word.casefold().replace("'", "").replace("’", "") for word in _WORD.findall(text)]


def _content_words(words: list[str]) -> frozenset[str]:
    """What is left without negations, function words and the commonest endings."""
    return frozenset(
        _stem(word)
        for word in words
        if word not in _NEGATIONS and word not in _FUNCTION_WORDS and word not in _NEGATIONS_ZH
    )


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _share_in_common(some: frozenset[str], others: frozenset[str]) -> float:
    """Jaccard's index; 0 for two empty sets."""
    return len(some & others) / max(1, len(some | others))
