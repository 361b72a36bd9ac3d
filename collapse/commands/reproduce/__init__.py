"""``collapse reproduce``: what papers claim, held against runs."""
