"""Random numbers, top-k, grouping, pytrees, devices."""
