"""What happens: the tables and the mechanism's rules. No Telegram, no HTTP, no clock, no environment."""
