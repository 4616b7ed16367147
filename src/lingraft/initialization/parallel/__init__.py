"""Parallel text: which tokens of two vocabularies translate each other.

settings.py         how parallel text is aligned, as a configuration says it
sentences.py        token ids of many sentences
cells.py            all token pairs of the sentence pairs
model1.py           one direction of IBM Model 1, with or without a prior
held_out.py         prior and iterations, chosen by held-out pairs
word_alignment.py   sentence pairs -> counts, by one direction or both
links.py            counts from the links of another aligner
counts.py           translation counts of a request's parallel text
recurrent.py        counts of a dictionary alone, aligned again with ever shorter pieces
rules.py            the rules of the Trans-Tokenization authors' code, over words
smoothing.py        tokens without counts, from similar tokens that have some
"""
