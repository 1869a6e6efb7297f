"""The tests mirror the rooms; tests.house checks the house itself."""
