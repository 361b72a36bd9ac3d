"""Samplers: how items are drawn from a fitted model."""
