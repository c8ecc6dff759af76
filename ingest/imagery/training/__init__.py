"""Training of the learned crack finder: scenes, network, fitting. Needs the optional packages of the extra ``train``."""
