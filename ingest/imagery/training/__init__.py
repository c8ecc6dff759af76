"""Training of the learned crack finder: scenes, network, fitting. Needs the packages of the extra ``train``."""
