"""What generators of rows are made of: how they read a token, and their networks.

basis          what a generator makes of a token: its input row, output row and bias side by side
reader         what all readers have: tokens become lists of numbers
word_reader    the words that a token is in
piece_reader   the pieces of a token, also in smaller vocabularies that are sampled
byte_reader    the bytes of a token
word_networks  a recurrent network and a set transformer over word vectors (HyperOFA)
piece_network  a transformer over the source rows of the pieces (ZeTT)
"""
