"""The method: one generation after another, and the checks before it."""
