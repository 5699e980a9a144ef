"""Vectors → the nearest phrasings; the plug point is `index.VectorIndex`."""
