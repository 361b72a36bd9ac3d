"""``collapse probe``: what earns a judge's reward without deserving it."""
