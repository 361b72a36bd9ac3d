"""Estimates and intervals over seeds."""
