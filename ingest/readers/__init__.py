"""One file a format, each giving the same frames."""
