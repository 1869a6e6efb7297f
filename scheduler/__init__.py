"""What happens by the clock: ticks that ask civic what is due, and the outbox's delivery."""
