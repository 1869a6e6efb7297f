"""The composition root: settings, intake, command line."""
