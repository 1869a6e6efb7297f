"""The conversation: parse, one call to civic, reply."""
