"""From matrices to a model of the target's vocabulary.

install.py        the model anew, with the new rows and all else of the source
target_config.py  its configuration: sizes and ids of the target
positions.py      learned positions that are counted from the pad token
copied_text.py    the test of the model: a text of copied tokens
"""
