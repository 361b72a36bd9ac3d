"""A run on disk: manifest, curves, samples, checkpoints."""
