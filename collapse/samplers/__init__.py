"""How a fitted model is drawn from."""
