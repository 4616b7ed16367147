"""Losses that no library has, as modules with the signature of sentence-transformers' losses; and
poolings that none has.

contrast: InfoNCE, where texts that belong together are never negatives of each other
denoising: a decoder writes a text again from one vector
entry_softmax: definitions among the entries of a dictionary, or among tokens
layer_pooling: the twelve poolings of DSE
listwise_ranking: InfoNCE, and the order of documents by a prompt that has them all
pair_classifier: classifiers of pairs, one of them with a teacher
prediction_head: the head of a language model apart from its body
relative_distance: squared distance to given vectors, relative to their length
duplex: a pooling: the vector of the first token beside the entries that all others say; as a
    module of an encoder it has a copy of the head
"""
