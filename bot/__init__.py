"""The composition root: settings, command line, update intake, wiring. Knows every room."""
