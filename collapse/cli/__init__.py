"""Command line: options, and from words to a request. Thin."""
