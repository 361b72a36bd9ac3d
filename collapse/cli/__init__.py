"""Options and commands of the command line."""
