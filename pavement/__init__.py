"""The domain: what is true of roads, measures, condition and plans."""
