"""How a model is updated from its training data."""
