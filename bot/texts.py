"""What the bot itself says, apart from the FAQ's answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """Every sentence of the bot; each can be replaced under `texts:` in config.yaml.

    Attributes:
        welcome: the answer to /start.
        help: the answer to /help.
        follow_up: stands above the choices of a follow-up.
        none_of_these: the label of the way out of a follow-up.
        rephrase: said after "none of these".
        fallback: said when no entry is near.
        gone: said when a button stands for an entry that is no longer in the FAQ.
        related: stands above related questions where a channel shows them as a list.
        not_text: said when a message holds no text to read.
        trouble: said when something went wrong inside the bot.
    """

    welcome: str = (
        "Hello! Ask me anything about our shop in your own words, for example: “Where is my order?”"
    )
    help: str = (
        "Type your question in a sentence or a few words. If I am not sure what you mean, I show "
        "you what I could answer and you pick one. If I do not know, I say so."
    )
    follow_up: str = "I am not quite sure what you mean. Is it one of these?"
    none_of_these: str = "None of these"
    rephrase: str = "Sorry about that. Could you ask in other words?"
    fallback: str = (
        "Sorry, I do not know the answer to that. Could you ask in other words, or about one "
        "thing at a time?"
    )
    gone: str = "Sorry, this answer is no longer available. Please type your question instead."
    related: str = "Related questions:"
    not_text: str = "Sorry, I can only read text. Please type your question."
    trouble: str = "Sorry, something went wrong on my side. Please try again."
