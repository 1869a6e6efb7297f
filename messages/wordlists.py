"""Many words in few lines."""


def listed(words: str) -> frozenset[str]:
    """Take words apart that stand between spaces."""
    return frozenset(words.split())
