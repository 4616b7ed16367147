"""The shared hot loops: exact nearest neighbors in blocks, factorization, sparse row weights."""
