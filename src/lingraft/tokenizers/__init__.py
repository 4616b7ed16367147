"""Tokenizers: training, loading, metrics, encoding, and the TokenTable of initialization."""
