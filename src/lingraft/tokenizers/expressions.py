"""Expressions that cut or clean text, and that look at most at one space and what follows it.

`lingraft.tokenizers.locality` knows them; a tokenizer with any other is encoded whole.
"""

from typing import Any

from tokenizers import Regex, pre_tokenizers

# GPT-2's expression with combining marks as part of the word: vowel signs, viramas and tones are
# not letters to Unicode, and GPT-2 cuts before each of them, so that no Hindi, Thai, Khmer or
# Burmese word can become one token. The joiners U+200C and U+200D are inside words, too.
# `\s+(?!\S)` takes a run of spaces without its last one, which belongs to the next word.
MARKS = (
    r"'s|'t|'re|'ve|'m|'ll|'d"
    r"| ?[\p{L}\p{M}]+(?:[\x{200C}\x{200D}]+[\p{L}\p{M}]+)*"
    r"| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}][^\s\p{L}\p{N}]*|\s+(?!\S)|\s+"
)

# cl100k's expression, as Llama 3 has it, and Qwen's, which takes one digit at a time.
# Doubled braces are braces after str.format.
_CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{digits}"
    r"| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CUTS = (MARKS, _CL100K.format(digits=""), _CL100K.format(digits="{1,3}"))

# BERT's cleaning deletes the joiners with all other characters that are not seen; in Persian,
# Hindi and many more they are spelling.
# `&&` is the intersection of two sets, in the regular expressions of Oniguruma.
UNSEEN = r"[[\p{Cc}\p{Cf}\p{Co}\x{FFFD}]&&[^\t\n\r\x{200C}\x{200D}]]"
SPACE = r"\s"


def bytes_within_words(expression: str) -> Any:
    """The pre-tokenizer of byte-level BPE: `gpt2` has its own expression, `marks` is ours."""
    if expression == "gpt2":
        return pre_tokenizers.ByteLevel(add_prefix_space=False)
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(MARKS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
