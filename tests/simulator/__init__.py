"""The local Telegram: its API against raw calls and real clients, its page in a browser."""
