"""Evidence about the two languages, in the form in which methods use it.

spaces.py      source and target word vectors in one space
auxiliary.py   vectors of tokens, from word vectors
text.py        the target corpus as texts, ids and token counts
alike.py       is the evidence written as the text of the vocabulary?
domains.py     are the vectors' text and the corpora about the same things?
pieces.py      tokens as the pieces that the source tokenizer splits them into
smaller_vocabulary.py  the model of a tokenizer that does not use some of its tokens
contexts.py    tokens as the pieces that stand for them in texts
byte_model.py  a vocabulary in bytes and its model alone, as the code of ZeTT splits
donor.py       the rows of another model that owns the target vocabulary
"""
