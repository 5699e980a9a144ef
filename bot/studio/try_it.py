"""Try it: a chat as people see it, and beside it why the bot says what it says."""

from __future__ import annotations

import time
from functools import partial

from nicegui import html, ui
from nicegui.element import Element

from bot.conversation.conversation import Conversation
from bot.conversation.state import START, State
from bot.domain import Incoming, Press, Reply, Span
from bot.errors import StoreError
from bot.markup.html import write_html
from bot.matching.build import Matcher
from bot.store.counts import Behind
from bot.studio import batch, kit
from bot.studio.desk import Desk
from bot.studio.why import Why, why_html, why_of

_AT_END = "const it = getHtmlElement({id}); it.scrollTop = it.scrollHeight;"


def show(desk: Desk) -> None:
    """Fill the page."""
    kit.text(desk.texts.try_intro, "intro")
    with html.div().classes("two"):
        chat = _Chat(desk)
        with kit.section(desk.texts.why, "why"):
            chat.why = kit.raw(_empty(desk)).props("aria-live=polite")
    if "message" in desk.asked:
        kit.beside(partial(chat.repeat, desk.asked["message"]))
    batch.show(desk)


def _empty(desk: Desk) -> str:
    return f"<p>{kit.escape(desk.texts.why_empty)}</p>"


class _Chat:
    """One conversation, as long as the page is open. Nothing of it is kept.

    Attributes:
        why: where is shown why.
    """

    why: ui.html

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._state: State = START
        texts, book = desk.texts, desk.parts.live.matcher.settings.phrasebook
        names = {code: book.language_names.get(code, code) for code in book.languages}
        with kit.section(texts.chat, "chat"):
            with html.div().classes("log") as self._log:
                self._log.props["role"], self._log.props["aria-label"] = "log", texts.chat
                self._log.props["tabindex"] = "0"
            with html.div().classes("row"):
                self._field = kit.Field(texts.your_message)
                kit.button(texts.send, self._sent, texts)
            with html.div().classes("row"):
                self._language = kit.Choice(
                    texts.language, {"": texts.language_auto, **names}, texts.code
                )
                kit.button(texts.start_over, self._start_over, texts, plain=True)
        self._field.on_enter(self._say)
        self._welcome()

    def _welcome(self) -> None:
        live = self._desk.parts.live
        self._shown(Reply(live.welcome(self._language.value or None)))

    async def _start_over(self) -> None:
        self._log.clear()
        self._state = START
        self.why.content = _empty(self._desk)
        self._welcome()

    async def _sent(self) -> None:
        text = self._field.value
        self._field.clear()
        await self._say(text)

    async def _say(self, text: str) -> None:
        if text.strip():
            await self._answered(text, text)

    async def repeat(self, decision_id: str) -> None:
        """Say what somebody has asked, where its words are kept."""
        texts, told = self._desk.texts, self._desk.texts.words_gone
        with self._log:
            try:
                found = await self._desk.parts.store.behind(Behind(decision_id=decision_id), 1)
            except StoreError as error:
                found, told = (), texts.failed.replace("{reason}", str(error))
            if found and found[0].text is not None:
                await self._answered(found[0].text, found[0].text, found[0].lang)
            else:
                kit.tell(told)

    async def _press(self, press: Press, label: str) -> None:
        await self._answered(press, label)

    async def _answered(self, content: str | Press, shown: str, lang: str | None = None) -> None:
        desk, now = self._desk, time.time()
        lang = lang or self._language.value or None
        with self._log, html.div().classes("said by-you"):
            html.span(desk.texts.you).classes("unseen")
            html.span(shown)
        incoming = Incoming("studio", content, lang, at=now, read_at=now)
        matcher = desk.parts.live.matcher
        reply, self._state, why = await desk.parts.worker.run(
            _replied, matcher, incoming, self._state, owner="studio"
        )
        self._shown(reply)
        if why is not None:
            self.why.content = why_html(why, desk.texts, matcher)

    def _shown(self, reply: Reply) -> None:
        """What the bot says, with all that can be pressed."""
        texts = self._desk.parts.live.texts(self._language.value or None)
        with self._log, html.div().classes("said by-bot"):
            html.span(self._desk.texts.bot).classes("unseen")
            kit.raw(write_html(reply.spans or [Span(reply.text)]), "answer")
            for link in reply.links:
                made = html.a(link.text, href=link.url, target="_blank", rel="noopener noreferrer")
                made.classes("link")
            for file in reply.attachments:
                kit.text(f"📎 {file.source}", "file")
            with html.div().classes("choices"):
                for choice in reply.choices:
                    self._choice(choice.label, Press(choice.entry_id))
                if reply.choices:
                    self._choice(texts.none_of_these, Press(None))
                if reply.tentative:
                    self._choice(texts.not_this, Press(None, shows_others=True))
            if reply.related:
                kit.text(texts.related)
                with html.div().classes("choices"):
                    for choice in reply.related:
                        self._choice(choice.label, Press(choice.entry_id))
        ui.run_javascript(_AT_END.replace("{id}", str(self._log.id)))

    def _choice(self, label: str, press: Press) -> Element:
        do = partial(self._press, press, label)
        return kit.button(label, do, self._desk.texts, plain=True)


def _replied(matcher: Matcher, incoming: Incoming, state: State) -> tuple[Reply, State, Why | None]:
    """What a channel would have said, and why; on the thread that matches."""
    conversation = Conversation(matcher.faq, matcher, matcher.settings.phrasebook)
    reply, after = conversation.reply(incoming, state)
    why = None
    if reply.decision is not None and isinstance(incoming.content, str):
        why = why_of(matcher, incoming, reply)
    return reply, after, why
