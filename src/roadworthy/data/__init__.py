"""Dataset versions: manifest, lineage, schema, slices, datasheet; the engine port."""
