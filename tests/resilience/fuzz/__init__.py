"""Hostile input: for every reader and every grammar either a result or a ``UserError``, in bounded
time and memory, with nothing written, run or asked of the network."""
