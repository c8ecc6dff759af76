"""What the measures mean: grades, indices, quality and the segment table."""
