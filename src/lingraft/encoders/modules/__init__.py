"""Losses that no library has, as modules with the signature of sentence-transformers' losses.

contrast: InfoNCE, where texts that belong together are never negatives of each other
relative_distance: squared distance to given vectors, relative to their length
"""
