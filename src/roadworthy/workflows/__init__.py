"""THE VERBS: one file each."""
