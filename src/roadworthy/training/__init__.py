"""Who repairs: a repair takes a version and gives a new version, which is assessed again."""
