"""Initialization: a source model's embeddings become those of another vocabulary.

stage.py          the entry: folders in, a model folder out
method.py         what a method is: settings, card, evidence, weights
methods/          the methods, one file each; METHODS by name
policies.py       the names of policies of filling, rescaling and biases
request.py        what a method is asked (Request, Evidence)
evidence/         word vectors, texts, pieces and donors, by token
parallel/         translation counts from parallel text
weights.py        W as an object: layers, provenance, apply
match.py          which target token is which source token
similarity.py     W from similarity in a space of vectors
reconstruction.py W from rows that are rebuilt from shared tokens
relative.py       vectors of two vocabularies made comparable by shared tokens
byte_model.py     a vocabulary in bytes, and its model alone
mixing.py         the mean of several W, by evidence
initialize.py     request and method -> matrices; it uses the next three
fill.py           rows about which nothing is known
rescale.py        row norms
bias.py           the bias of the head
install.py        matrices -> a model; it uses the next two
target_config.py  the model's configuration with the target's vocabulary
positions.py      learned positions that are counted from the pad token
copied_text.py    the test of the model: a text of copied tokens
report.py         the account of an initialization
"""
