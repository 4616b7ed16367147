"""Words as people count them, for static vectors and for the fertility of tokenizers."""

import functools
import logging
import tempfile
from collections.abc import Callable

import regex

# Joins the words of a term into one (`lingraft.vectors.phrases`): a noncharacter, so no text has
# it.
JOINER = "\ufdd0"
# Marks belong to the letter before them: without \p{M} every Hindi or Thai word falls apart.
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’ʼ·.\-‐\ufdd0][\p{L}\p{M}\p{N}]+)*")
_HAN = regex.compile(r"[\p{Han}]+|[^\p{Han}]+")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")


def split_words(text: str, language: str) -> list[str]:
    """Split `text` into words without punctuation, in the order of the text, in their own case.

    Chinese (`zho_*`) is segmented with jieba. Other languages split at everything that is neither
    letter, mark nor digit; apostrophes, hyphens and dots inside a word stay. Scripts without
    spaces for which there is no segmenter are split into their characters. What `JOINER` joins
    stays one word.
    """
    words: list[str] = _WORD.findall(text)
    if language.startswith("zho"):
        return [part for word in words for part in _split_chinese(word)]
    if _UNSPACED.search(text):
        return [part for word in words for part in _split_characters(word)]
    return words


def _split_chinese(word: str) -> list[str]:
    if JOINER in word:
        return [word]
    parts: list[str] = []
    for run in _HAN.findall(word):
        parts += _chinese_segmenter()(run) if _UNSPACED.match(run) else [run]
    return parts


def _split_characters(word: str) -> list[str]:
    if JOINER in word or not _UNSPACED.search(word):
        return [word]
    # \X is a character as people see it: a letter with all its marks.
    parts: list[str] = regex.findall(r"\X", word)
    return parts


@functools.cache
def _chinese_segmenter() -> Callable[[str], list[str]]:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    with tempfile.TemporaryDirectory() as folder:
        # Its cache is a marshal file at a fixed place in the shared temporary folder.
        segmenter.tmp_dir = folder
        segmenter.initialize()
    # Without its model of unknown words, the segmentation depends on the dictionary alone.
    return functools.partial(segmenter.lcut, HMM=False)
