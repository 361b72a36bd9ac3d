"""Numbers for items that judges act on."""
