"""``collapse measure --by step``: the rollouts of a training run by reinforcement learning."""
