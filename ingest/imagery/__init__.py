"""Frames, cameras and what is seen on the road surface."""
