"""A small made freeway with known truth and known faults."""
