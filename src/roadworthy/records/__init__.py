"""WHAT IS TRUE: frozen nouns and their canonical bytes; no numerical library, no I/O."""
