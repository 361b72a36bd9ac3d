"""What each command does: a file or a folder per command."""
