"""What each command of the command line does, a file or folder per command."""
