"""The conversation, driven through the real dispatcher."""
