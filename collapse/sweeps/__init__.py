"""Grids of settings: their points on disk, values over settings."""
