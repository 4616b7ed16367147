"""The configuration of a whole experiment: everything that the rooms below offer, by name.

configuration: the block `Config`, and `Run`, which combines the names
loading: read and check a file
scale: the same experiment in small
reference: the JSON schema and the key reference, generated
descriptions: the docstrings of fields, for both
"""
