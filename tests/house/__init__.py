"""The house itself: the wheel, the schema's history, the tree, the gates."""
