"""A merge by its definition, for the oracles of what merges tokens."""


def merged(row, pair, text):
    """The row with each occurrence of a pair of strings as one, from the left."""
    result, left = [], list(row)
    while left:
        if tuple(left[:2]) == pair:
            result.append(text)
            left = left[2:]
        else:
            result.append(left.pop(0))
    return result
