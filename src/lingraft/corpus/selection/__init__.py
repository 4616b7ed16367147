"""Which documents of a corpus are kept: what is near a sample, and nothing twice.

- `paragraph_vectors`: codes and vectors of documents that predict their words.
"""
