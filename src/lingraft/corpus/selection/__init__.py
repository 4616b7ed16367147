"""Which documents of a corpus are kept: what is near a sample, and nothing twice.

- `near_duplicates`: groups of documents that nearly repeat each other, by MinHash.
- `ngram_ratios`: n-grams that a sample has more often than the corpus.
- `nearest_codes`: nearness to a sample by codes of documents.
- `paragraph_vectors`: codes and vectors of documents that predict their words.
"""
