"""Documents as sentences."""

import regex

# \p{STerm} are the characters that end sentences in any script; quotes and brackets may follow.
_END = regex.compile(
    r"(?<=\p{Sentence_Terminal}[\p{Pe}\p{Pf}\"']*)\s+|(?<=[。！？][\p{Pe}\p{Pf}]*)(?![。！？\p{Pe}\p{Pf}])|\n+"
)


def split_sentences(text: str) -> list[str]:
    """The sentences of a text: its lines, split behind the marks that end a sentence."""
    return [sentence.strip() for sentence in _END.split(text) if sentence and sentence.strip()]
