"""Neural networks and how they are trained."""
