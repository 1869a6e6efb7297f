"""A local Telegram, a program of its own: Bot API, chat page, a clock that can be moved."""
