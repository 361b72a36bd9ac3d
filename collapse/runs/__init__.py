"""A run: simulate, load, save, resume, export."""
