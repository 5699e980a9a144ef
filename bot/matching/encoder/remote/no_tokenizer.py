"""What stands in for the tokenizer of a model that is on a server alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.matching.encoder.encoder import Tokenizer

LIMIT = 256  # of such tokens, which most models read whole
_TOKEN = re.compile(r"[A-Za-z]{1,4}|[^\sA-Za-z]")


class NoTokenizer(Tokenizer):
    """Counts tokens by rule of thumb, rather too many than too few.

    What the model cannot read it does not know, so it takes everything for readable; and of no word
    it says that the model has it, so that the second encoder reads the languages it is there for.
    """

    def __init__(self) -> None:
        super().__init__(None, None)

    def tokens(self, text: str) -> Sequence[str]:
        """See `Tokenizer.tokens`."""
        return _TOKEN.findall(text)

    def unknown_share(self, text: str) -> float:
        """See `Tokenizer.unknown_share`."""
        return 0.0

    def __contains__(self, word: object, /) -> bool:
        return False
