"""Initialization: a source model's embeddings become those of another vocabulary.

methods/         one method a file: request -> Weights; METHODS by name
parallel/        translation counts from parallel text
evidence/        word vectors, texts, pieces and donors, by token
request.py       what a method is asked (Request, Evidence)
weights.py       W as an object: layers, provenance, apply
match.py         which target token is which source token: roles, the same form
similarity.py    neighbors -> weights
byte_model.py    a vocabulary in bytes, as the code of ZeTT compares it
fill.py          rows about which nothing is known
rescale.py       row norms
bias.py          the bias of the head
initialize.py    all of it together: request and settings -> matrices
install.py       matrices -> a model
target_config.py the model's configuration with the target's vocabulary
positions.py     learned positions that are counted from the pad token
copied_text.py   the test of the model: a text of copied tokens
report.py        the account of an initialization
stage.py         the entry: folders in, a model folder out
"""
