"""Doubts that a score does not see.

Each guard is a small pure function that says what makes it doubt, or None. A doubt turns an answer
into a follow-up, never the other way: the person who asked decides. (The fourth guard, against
scripts the model cannot read, stands before the score: `blended_ranker`.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import Hit

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


def polarity(utterance: str, close: Sequence[str]) -> str | None:
    """The one says the contrary of the other in the same words: "it is here", "it is not here".

    Contrary is a denial on one side only, or opposite words such as "on" and "off"; both together
    agree again.

    Args:
        close: the entry's phrasings that came about as close as its nearest. One that agrees with
            the utterance is enough to still the doubt.
    """
    said = _words(utterance)
    if not close or not all(_is_contrary(utterance, said, phrasing) for phrasing in close):
        return None
    content = _content_words(said)
    alike = (p for p in close if _share_in_common(content, _content_words(_words(p))) >= SAME_WORDS)
    contrary = next(alike, None)
    return None if contrary is None else f"the message says the contrary of “{contrary}”"


def numbers(utterance: str, close: Sequence[str]) -> str | None:
    """The one names other numbers, versions or dates than the other.

    Args:
        close: as for `polarity`; a number that any of them shares stills the doubt.
    """
    asked = set(_NUMBER.findall(utterance))
    nearest = set(_NUMBER.findall(close[0])) if close else set()
    known = {number for phrasing in close for number in _NUMBER.findall(phrasing)}
    if not asked or not nearest or asked & known:
        return None
    return f"the message says {', '.join(sorted(asked))}, “{close[0]}” {', '.join(sorted(nearest))}"


def close_call(hits: Sequence[Hit]) -> str | None:
    """Two entries fit almost equally well."""
    if len(hits) < 2 or hits[0].raw is None or hits[1].raw is None:
        return None
    if hits[0].raw - hits[1].raw >= CLOSE_CALL:
        return None
    return f"{hits[0].entry_id} and {hits[1].entry_id} fit almost equally well"


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
