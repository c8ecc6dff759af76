"""Steps from one layout of the store to the next; each stays as it was first released."""
