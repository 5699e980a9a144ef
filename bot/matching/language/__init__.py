"""Which language a message is in, and Chinese however it is written; the door is `detect`."""
