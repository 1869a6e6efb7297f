"""The rules of the mechanism, on both databases."""
