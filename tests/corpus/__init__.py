"""What people write, and what should happen: the understanding measured."""
