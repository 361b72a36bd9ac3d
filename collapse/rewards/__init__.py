"""What a judge thinks of an item: a number."""
