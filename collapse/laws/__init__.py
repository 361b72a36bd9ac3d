"""Closed forms that simulations are checked against."""
