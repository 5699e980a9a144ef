"""What is told of one language's words; a file of this folder each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Words of one language, in lower case, without apostrophes, set apart by white space.

    A word that ends in "*" stands for all that begin with it.

    Attributes:
        denials: words that deny.
        denying: what denies inside words, or where words are not set apart: a regular expression.
        not_denying: where such signs deny nothing: a regular expression, tried first.
        opposites: a line for each contrast: the words of one side / those of the other. One that
            begins with "!" takes back what stands beside it: "cancel my booking" is no booking.
        prefixes: a word with one and the word without it are each other's contrary.
        swaps: prefixes that turn the same word to the contrary, such as an/ab.
        alike: words that differ by a prefix and mean much the same, such as charge/recharge.
        function_words: words that carry no meaning of their own.
        generic: words that carry meaning and do not say what a question is about.
        telling: further words by which the language is told from others in the same letters; empty
            where its letters tell it. What stands before an apostrophe keeps it: j' l' don'
        common: words that neither find an answer nor count in what it covers; English ones only.
        spelled: words that are spelt right and that dictionaries lack.
    """

    denials: str = ""
    denying: str = ""
    not_denying: str = ""
    opposites: str = ""
    prefixes: str = ""
    swaps: str = ""
    alike: str = ""
    function_words: str = ""
    generic: str = ""
    telling: str = ""
    common: str = ""
    spelled: str = ""

    @property
    def recognised_by(self) -> tuple[str, ...]:
        """The words by which the language is told; none where its letters tell it."""
        return tuple(f"{self.function_words} {self.telling}".split()) if self.telling else ()
