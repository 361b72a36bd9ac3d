"""``collapse new``: a file to start from, for each kind of part that can be one's own."""
