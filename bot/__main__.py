"""`python -m bot` is `convoca`."""

from bot.cli import main

main()
