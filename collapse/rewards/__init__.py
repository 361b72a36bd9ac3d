"""Rewards: a number for each item, on which judges act."""
