"""``collapse measure``: how varied given outputs are."""
