"""Scenarios, claims, the registry of parts, overrides."""
