"""The clock and the delivery, against a local Telegram over HTTP."""
