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
# "能不能", "有没有", "是不是" ask; they deny nothing.
_ASKING_ZH = re.compile(r"(.)[不没]\1|有没有|不好意思|没关系|不过|不仅|不但|只不过")
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
_ENDINGS = ("ing", "ed", "es", "s")


def polarity(utterance: str, close: Sequence[str]) -> str | None:
    """The one denies what the other says in the same words: "there is a man", "there is no man".

    Args:
        close: the entry's phrasings that came about as close as its nearest. One that agrees with
            the utterance is enough to still the doubt.
    """
    denies = _denies(utterance)
    if not close or any(_denies(phrasing) == denies for phrasing in close):
        return None
    words = _content_words(utterance)
    contrary = [p for p in close if _share_in_common(words, _content_words(p)) >= SAME_WORDS]
    if not contrary:
        return None
    return (
        f"the message denies what “{contrary[0]}” does not"
        if denies
        else f"“{contrary[0]}” denies what the message does not"
    )


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


def _denies(text: str) -> bool:
    english = any(word in _NEGATIONS for word in _words(text))
    chinese = any(sign in _NEGATIONS_ZH for sign in _ASKING_ZH.sub("", text))
    return english or chinese


def _words(text: str) -> list[str]:
    """Words in lower case without apostrophes; Chinese characters one by one."""
    return [word.casefold().replace("'", "").replace("’", "") for word in _WORD.findall(text)]


def _content_words(text: str) -> frozenset[str]:
    """What is left without negations, function words and the commonest endings."""
    return frozenset(
        _stem(word)
        for word in _words(text)
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
