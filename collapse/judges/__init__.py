"""Judges: which candidates of a batch are kept, and with what reward."""
