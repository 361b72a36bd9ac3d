"""``collapse forecast``: what training on given outputs would do."""
