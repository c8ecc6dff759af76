"""From a package on disk to a published run."""
