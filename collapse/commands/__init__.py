"""What each command does: one file or folder for each."""
