"""``collapse compare``: two runs or arms, seed by seed."""
