"""Initialization: a source model's embeddings become those of another vocabulary.

stage.py       the entry: folders in, a model folder out
method.py      what a method is: settings, card, evidence, weights
methods/       the methods, one file each; METHODS by name
generator.py   what a generator of rows is: settings, how it reads a token, its network
generators/    the generators, one file each; GENERATORS by name
networks/      what they are made of
generation/    how they are trained, measured and used; `stage.py` is the entry
policies.py    the names of policies of filling, rescaling and biases
request.py     what a method is asked (Request, Evidence)
evidence/      word vectors, texts, pieces and donors, by token
parallel/      translation counts from parallel text
weights.py     W as an object: layers, provenance, apply
trial.py       what counts predict of sentence pairs that they have not seen
match.py       which target token is which source token
combining/     from vectors to W, and from several W to one
initialize.py  request and method -> matrices; it uses the next three
fill.py        rows about which nothing is known
rescale.py     row norms
bias.py        the bias of the head
installing/    matrices -> a model
calibration/   the factors of the new model's head, fitted on training text
report.py      the account of an initialization
"""
