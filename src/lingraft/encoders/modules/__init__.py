"""Losses that no library has, as modules with the signature of sentence-transformers' losses.

relative_distance: squared distance to given vectors, relative to their length
"""
