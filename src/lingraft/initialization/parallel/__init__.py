"""Parallel text: which tokens of two vocabularies translate each other.

settings.py         how parallel text is aligned, as a configuration says it
word_alignment.py   IBM Model 1 over tokens, or the links of another aligner
counts.py           translation counts of a request's parallel text
rules.py            the rules of the Trans-Tokenization authors' code, over words
smoothing.py        tokens without counts, from similar tokens that have some
"""
