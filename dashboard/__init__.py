"""Two thin faces: the command line and the pages."""
