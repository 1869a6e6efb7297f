"""Whole journeys: `convoca run` as a process, people through the local Telegram, real HTTP."""
