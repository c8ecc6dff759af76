"""What was measured: one physical quantity a file."""
