"""The configuration of a whole experiment: everything that the rooms below offer, by name.

runs: the block `Run`, which combines the names
configuration: the block `Config`
loading: read and check a file
scale: the same experiment in small
reference: the JSON schema and the key reference, generated
descriptions: the docstrings of fields, for both
"""
