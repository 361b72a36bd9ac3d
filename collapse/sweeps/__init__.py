"""Grids of settings: points, their records on disk, and values drawn over settings."""
