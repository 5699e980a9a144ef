"""What was done to the FAQ, and how to take it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import html

from bot.service.admins.learning import Applied, LearningError
from bot.service.admins.proposed import refusal_told, remarks_told
from bot.studio import kit
from bot.studio.desk import Desk


class Done:
    """Tells of the last edit, with the button that takes it back.

    Args:
        again: shows the page anew, as the FAQ has changed.
    """

    def __init__(self, desk: Desk, again: Callable[[], Awaitable[None]]) -> None:
        self._desk, self._again = desk, again
        self._shown = html.div().props("role=status").classes("done")

    async def settled(self, told: str, applied: Applied | None = None) -> None:
        """Something was done, which may make a difference elsewhere, too."""
        self.say(told, applied)
        await self._again()

    def say(self, told: str, applied: Applied | None = None) -> None:
        """What was done.

        Args:
            told: HTML.
            applied: what can be taken back.
        """
        self._shown.clear()
        with self._shown:
            kit.raw(told)
            for remark in () if applied is None else remarks_told(applied, self._desk.team):
                kit.text(remark)
            if applied is not None and applied.undoes is None:
                number, texts = applied.number, self._desk.texts

                async def undo() -> None:
                    await self.undo(number)

                kit.button(texts.undo, undo, texts, plain=True).run_method("focus")

    async def undo(self, number: int | None = None) -> None:
        """Take back what was done under a number; None: what was done last."""
        try:
            applied = await self._desk.parts.learning.undo(number, self._desk.who)
        except LearningError as error:
            self.say(refusal_told(error, self._desk.team))
            return
        told = self._desk.texts.undone.replace("{text}", applied.text)
        await self.settled(kit.escape(told), applied)
