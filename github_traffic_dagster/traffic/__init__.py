"""What the numbers mean: the window, observations, the golden rule, coverage. Pure functions."""
