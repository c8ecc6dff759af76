"""What to do: treatments, strategies, the choice within budgets, and why."""
