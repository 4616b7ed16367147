"""Static word vectors of two languages, brought into one space with dictionaries.

`training` makes a `VectorSet` from a corpus, `glove` makes vectors of token ids, `dictionaries`
reads word pairs, `alignment` fits an `Alignment` on them, `induction` measures it, and
`multilingual` merges aligned spaces.
"""
