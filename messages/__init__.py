"""What we say: data in, a neutral message in the person's language out."""
