"""Distributions and regressions with fits in closed form or by EM."""
