"""The tasks of static word vectors: what they share, and their mathematics.

word_task.py     what tasks of vectors share: all of them, and those on a dataset
lookup.py        the rows of words in a vocabulary, in their own case or in any
intervals.py     standard errors by the bootstrap
similarity.py    cosines of word pairs against human scores, and of synonyms against other words
analogy.py       a : b = c : ?, at which rank the answer is
window_tagger.py tags of words from the vectors of a window
sentence_vectors.py  vectors of sentences from those of their words (SIF)
association.py   WEAT: do two groups of words lie nearer to two others?
"""
