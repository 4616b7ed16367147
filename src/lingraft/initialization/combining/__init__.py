"""From vectors to W, and from several W to one.

similarity.py      source tokens by their cosines: softmax, sparsemax, shares
reconstruction.py  rows that are rebuilt from shared tokens: pursuit, least squares
relative.py        vectors of two vocabularies made comparable by shared tokens
mixing.py          the mean of several W, by evidence
empirical_bayes.py how much evidence each W is, found on unseen sentence pairs
"""
