"""The method: one generation after another, with its checks."""
