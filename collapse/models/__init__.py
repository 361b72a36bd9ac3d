"""What is trained in each generation, and the truths."""
