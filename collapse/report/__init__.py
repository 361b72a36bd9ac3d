"""Tables, progress and figures, for all commands."""
