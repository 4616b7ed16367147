"""Initialization: a source model's embeddings become those of another vocabulary.

request.py      what a method is asked (Request, Evidence)
methods/        one method a file: request -> Weights; METHODS by name
weights.py      W as an object: layers, provenance, apply
match.py        roles, overlap          auxiliary.py   token vectors from word vectors
similarity.py   neighbors -> weights    fill.py        rows nothing is known of
rescale.py      row norms               bias.py        the head's bias
initialize.py   all of it together      install.py     into a model
report.py       the account of it       transfer.py    folders in, folder out
"""
