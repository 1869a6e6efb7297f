"""What we say: every kind, in every language."""
