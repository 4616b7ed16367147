"""The configuration as typed models: what a user may write, checked in a second.

Parsed again in every job that Snakemake submits, so nothing heavy is imported here: no torch,
no transformers, no numpy.
"""
