"""Whether the bot can post in a chat."""

from __future__ import annotations

from telegram import Bot, Chat, ChatMember, ChatMemberRestricted
from telegram.error import BadRequest, Forbidden

_GONE = frozenset({ChatMember.LEFT, ChatMember.BANNED})


async def trouble_with(bot: Bot, chat_id: int) -> str | None:
    """Why the bot cannot post in a chat; None where it can.

    Raises:
        TelegramError: that cannot be found out now.
    """
    try:
        chat = await bot.get_chat(chat_id)
        if chat.type == Chat.PRIVATE:
            return None
        member = await bot.get_chat_member(chat_id, bot.id)
    except (BadRequest, Forbidden) as error:
        return str(error)
    if member.status in _GONE:
        return "the bot is not a member"
    if chat.type == Chat.CHANNEL:
        return "it is a channel, and a group is needed"
    allowed = member if isinstance(member, ChatMemberRestricted) else chat.permissions
    is_free = member.status in {ChatMember.OWNER, ChatMember.ADMINISTRATOR}
    if not is_free and allowed is not None and allowed.can_send_messages is False:
        return "the bot may not send messages there"
    return None
