"""Models, and the truths that real data are drawn from."""
