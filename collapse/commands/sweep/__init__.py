"""``collapse sweep``: a grid of settings, from the command line to a phase diagram."""
