"""Training of tokenizers: Unigram, byte-level BPE and WordPiece, the same bytes every time.

The trainers of the `tokenizers` library for Unigram and WordPiece depend on the random order of
hash maps: two runs give two vocabularies. Unigram is therefore trained with SentencePiece (which
also trained XLM-R's) and WordPiece with an alphabet whose order we fix; BPE is deterministic.
"""

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from tempfile import NamedTemporaryFile
from typing import Any, cast

import sentencepiece
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from lingraft.config.tokenizers import Tokenizer as Settings
from lingraft.errors import ConfigError, InputError
from lingraft.tokenizers.byte_words import byte_words
from lingraft.tokenizers.expressions import bytes_within_words
from lingraft.tokenizers.sampling import PairCounter, check_pair_count
from lingraft.tokenizers.seeds import count_words, find_seeds, is_spaced
from lingraft.tokenizers.styles import NEVER, SpecialTokens, equip, normalizer, special_tokens

# SentencePiece's sums depend on the number of its threads: always the same, whatever the cores.
_THREADS = 4
_CONTINUATION = "##"
_REQUIRED = "0123456789"  # rare in little text, but never unknown
_LONGEST_LINE = 1 << 16  # bytes; SentencePiece skips longer ones
# Characters of a "word" that WordPiece takes apart, longer ones are unknown: its 100 are enough
# where words have spaces between them; without, a clause is a word. The work grows as the square.
_LONGEST_CLAUSE = 1000
_LOOKED_AT = 200_000  # characters of the sample in which unknown tokens are counted
_MOST_UNKNOWN = 0.2  # of the tokens


def train_tokenizer(texts: Iterable[str], settings: Settings) -> Tokenizer:
    """Train a tokenizer on texts, which are kept in memory.

    Args:
        texts: the sample.
        settings: algorithm, size and form of the vocabulary.

    Returns:
        A tokenizer with special tokens, normalizer, template and decoder. Its vocabulary is
        smaller than asked for where the text does not yield more.

    Raises:
        ConfigError: the vocabulary is too small for the alphabet.
        InputError: there is no text, or a pair occurs more often than the trainer can count.
    """
    normalize = normalizer(settings).normalize_str
    lines = [line for text in texts if (line := normalize(text)).strip()]
    if not lines:
        raise InputError("there is no text to train a tokenizer on: the sample is empty")
    counter = PairCounter()
    for line in lines:
        counter.add(line)
    check_pair_count(counter.maximum)
    tokenizer = Tokenizer(_TRAINERS[settings.algorithm](lines, settings))
    equip(tokenizer, settings)
    _check_unknown(tokenizer, lines, settings)
    return tokenizer


def _check_unknown(tokenizer: Tokenizer, lines: list[str], settings: Settings) -> None:
    """Refuse a vocabulary that does not know the text that it was trained on."""
    unknown = tokenizer.token_to_id(special_tokens(settings).roles["unk_token"])
    rows = tokenizer.encode_batch_fast(_beginning(lines), add_special_tokens=False)
    ids = [index for row in rows for index in row.ids]
    share = sum(index == unknown for index in ids) / max(1, len(ids))
    if share > _MOST_UNKNOWN:
        raise ConfigError(
            f"algorithm {settings.algorithm} makes {share:.0%} of the tokens of this text unknown: "
            "words are too long (a script without spaces wants unigram or bpe), or "
            "character_coverage is too low"
        )


def _beginning(lines: list[str]) -> list[str]:
    left = _LOOKED_AT
    chosen = []
    for line in lines:
        chosen.append(line[:left])
        left -= len(line)
        if left <= 0:
            break
    return chosen


def _train_unigram(lines: list[str], settings: Settings) -> models.Unigram:
    specials = special_tokens(settings)
    stream = io.BytesIO()
    options: dict[str, Any] = {
        "vocab_size": settings.vocabulary_size - len(specials.tokens) + 1,  # its own unknown piece
        # False: fewer pieces than asked for are not an error.
        "hard_vocab_limit": False,
        "character_coverage": settings.character_coverage,
        "required_chars": _REQUIRED,
        "normalization_rule_name": "identity",  # ours is done
        # -1 switches a piece off: <s> and </s> are among our special tokens.
        "bos_id": -1,
        "eos_id": -1,
        "max_sentence_length": _LONGEST_LINE,
        "num_threads": _THREADS,
        "minloglevel": 2,
    }
    with NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as seeds:
        words = count_words(lines)
        if is_spaced(words):
            seeds.writelines(f"{piece}\t{score}\n" for piece, score in find_seeds(words))
            # SentencePiece opens the file by its name: nothing may wait in Python's buffer.
            seeds.flush()
            options["seed_sentencepieces_file"] = seeds.name
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=_short_lines(lines), model_writer=stream, **options
            )
        except RuntimeError as error:
            raise _too_small(settings, error) from None
    return _read_pieces(stream.getvalue(), specials)


def _read_pieces(model: bytes, specials: SpecialTokens) -> models.Unigram:
    """A SentencePiece model as one of the tokenizers library, our special tokens first."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    pieces = [
        (processor.id_to_piece(index), processor.get_score(index))
        for index in range(processor.get_piece_size())
        if not processor.is_unknown(index)
    ]
    known = [(token, NEVER) for token in specials.tokens]
    unknown = specials.tokens.index(specials.roles["unk_token"])
    return models.Unigram(known + pieces, unk_id=unknown)


def _train_bpe(lines: list[str], settings: Settings) -> models.BPE:
    specials = special_tokens(settings)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = bytes_within_words(settings.expression)
    trainer = trainers.BpeTrainer(
        vocab_size=settings.vocabulary_size,
        min_frequency=settings.minimum_frequency,
        special_tokens=list(specials.tokens),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    return cast(models.BPE, tokenizer.model)


def _train_wordpiece(lines: list[str], settings: Settings) -> models.WordPiece:
    specials = special_tokens(settings)
    cutter = pre_tokenizers.BertPreTokenizer()
    words = Counter(word for line in lines for word, _ in cutter.pre_tokenize_str(line))
    alphabet, continuations = _alphabet(words, settings.character_coverage)
    entries = [*specials.tokens, *alphabet, *continuations]
    if len(entries) > settings.vocabulary_size:
        raise _too_small(settings, f"{len(entries)} entries are special tokens and characters")
    tokenizer = Tokenizer(models.WordPiece(unk_token=specials.roles["unk_token"]))
    tokenizer.pre_tokenizer = cutter
    trainer = trainers.WordPieceTrainer(
        vocab_size=settings.vocabulary_size,
        min_frequency=settings.minimum_frequency,
        special_tokens=entries,  # the only entries whose order the trainer does not draw by lot
        show_progress=False,
    )
    # Left to itself, the trainer would put the rare characters into the alphabet, too.
    rare = dict.fromkeys(map(ord, set().union(*words) - set(alphabet)), " ")
    tokenizer.train_from_iterator((line.translate(rare) for line in lines), trainer)
    limit = {} if is_spaced(words) else {"max_input_chars_per_word": _LONGEST_CLAUSE}
    return models.WordPiece(tokenizer.get_vocab(), unk_token=specials.roles["unk_token"], **limit)


def _alphabet(words: Counter[str], coverage: float) -> tuple[list[str], list[str]]:
    """The most frequent characters, `coverage` of the text, and those of them inside words."""
    counts: Counter[str] = Counter(dict.fromkeys(_REQUIRED, 0))
    inside: set[str] = set(_REQUIRED)
    for word, count in words.items():
        for character in word:
            counts[character] += count
        inside.update(word[1:])
    kept: set[str] = set(_REQUIRED)
    # The most frequent characters are kept until the others make up 1 - coverage of the text.
    missing = counts.total() * (1 - coverage)
    left = counts.total()
    for character, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if left <= missing:
            break
        kept.add(character)
        left -= count
    return sorted(kept), [_CONTINUATION + character for character in sorted(kept & inside)]


def _short_lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        # A character has at most 4 bytes in UTF-8.
        if len(line) * 4 < _LONGEST_LINE:
            yield line
        else:
            step = _LONGEST_LINE // 4 - 1
            yield from (line[start : start + step] for start in range(0, len(line), step))


def _too_small(settings: Settings, reason: object) -> ConfigError:
    text = " ".join(str(reason).split())
    return ConfigError(
        f"vocabulary_size {settings.vocabulary_size} is too small for this text ({text:.200}); "
        "raise it or lower character_coverage"
    )


_TRAINERS: dict[str, Any] = {
    "unigram": _train_unigram,
    "bpe": _train_bpe,
    "wordpiece": _train_wordpiece,
    "byte-words": lambda lines, settings: byte_words(special_tokens(settings).tokens),
}
