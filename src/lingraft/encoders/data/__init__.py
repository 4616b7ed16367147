"""What training sets are made with.

- `dictionaries`, `sentences`: entries with definitions; documents as sentences.
- `values`: values of a user's files, checked for their type.
- `forms`: whether an example has what its form says.
- `held_out`, `leaks`: texts that must not be trained on; what repeats or nearly repeats them.
- `mining_rules`, `mining`: which of the nearest texts are hard negatives, and how they are found.
- `stage`: the entry: reads the examples, leaves out what must not be there, writes.
"""
