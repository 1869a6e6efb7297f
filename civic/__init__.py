"""What happens: the mechanism's facts, rules and use cases, on one database."""
