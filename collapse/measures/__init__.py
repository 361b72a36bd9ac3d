"""Curves: numbers of every generation of a simulation."""
