"""Policies that turn a batch into weights and rewards."""
