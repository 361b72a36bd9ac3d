"""Sources of real data that are only drawn from, never fitted."""
