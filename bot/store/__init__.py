"""What the bot remembers; the door is `store`, asked through `async_store`."""
