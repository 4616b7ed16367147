"""The configuration of a whole experiment: everything that the rooms below offer, by name.

runs: the block `Run`, which combines the names
sections: the sections of a configuration file
references: the names by which they refer to each other
checks: what they need of each other; encoder_checks: what encoders need
text_checks: all text of a run is written alike
configuration: the block `Config`, sections that fit together
loading: read and check a file
folders: where the results of a file are, without checking it
scale: the same experiment in small
reference: the JSON schema and the key reference, generated
descriptions: the docstrings of fields, for both
"""
