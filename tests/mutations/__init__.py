"""Bugs of one line, planted one at a time: ``python -m tests.mutations`` sees what notices them."""
