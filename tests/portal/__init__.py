"""What anyone can see."""
