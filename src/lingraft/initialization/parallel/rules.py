"""The rules of the Trans-Tokenization authors' code, from word pairs to counts of tokens.

Words are runs of subwords; they are aligned as wholes, and the count of a word pair is spread over
its tokens in two halves: every token with every token, and in order. All counts are integers and
never below one, as in the code (`transtokenizers.py`). Our own IBM Model 1 replaces fast_align; the
rest is theirs.

Shapes: T target vocabulary, S source rows.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from lingraft.initialization.evidence.pieces import split
from lingraft.initialization.parallel.counts import parallel_texts
from lingraft.initialization.parallel.sentences import Sentences
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.parallel.smoothing import Relatives
from lingraft.initialization.parallel.word_alignment import align
from lingraft.initialization.request import Request
from lingraft.tokenizers.token_table import TokenTable

Word = tuple[int, ...]
Counts = dict[int, dict[int, int]]  # target token -> source token -> count
_NUMBERS = [*map(str, range(9999)), *(f"0{number}" for number in range(99))]
_SMALLEST_COUNT = 10
_SPECIAL_COUNT = 10**9
_STANDS_IN = {"bos": "cls", "eos": "sep", "cls": "bos", "sep": "eos", "mask": "pad"}
_DASH = "—"  # joins the tokens of a word
_FAST_ALIGN = WordAlignment(
    symmetrization="target-picks-source",
    iterations=7,
    maximum_tokens=1000,
    sets_of_tokens=False,
)
_SMOOTHING_COUNT = 1000  # twice as much where the source token begins a word


def authors_counts(
    request: Request, alignment: WordAlignment | None = None, smallest: float | None = None
) -> csr_array:
    """Counts (T, S) of the authors' pipeline, smoothing included.

    Args:
        request: with parallel text.
        alignment: how words are aligned; None: as fast_align does it for the authors.
        smallest: word pairs that are counted less often are dropped; None: below 10.

    Raises:
        ConfigError: there is no parallel text.
        InputError: it cannot be read.
    """
    counts: Counts = defaultdict(lambda: defaultdict(int))
    new, old = Pieces(request.target), Pieces(request.source)
    smallest = _SMALLEST_COUNT if smallest is None else smallest
    for target, source, count in _word_counts(
        request, new, old, alignment or _FAST_ALIGN, smallest
    ):
        if target in request.target.ids and source in request.source.ids:
            counts[request.target.ids[target]][request.source.ids[source]] += count
            continue
        for pair, share in halves(new.apart(target), old.apart(source), count):
            counts[pair[0]][pair[1]] += share
    _count_numbers(request, counts, new, old)
    _count_same_strings(request, counts)
    _count_special_tokens(request, counts)
    _smooth(request, counts, new, old)
    return _matrix(request, counts)


class Pieces:
    """What a tokenizer cuts texts into, as the authors know it: by string.

    A piece that is not in the vocabulary (a character that a Unigram model lacks, the empty string
    beside a dash) has an id beyond it, and takes part until rows are looked up at the end.
    """

    def __init__(self, table: TokenTable) -> None:
        self._tokenizer = table.tokenizer
        self._ids = dict(table.ids)
        self.tokens = list(table.tokens)

    def id_of(self, piece: str) -> int:
        """The id of a string; a new one where it is seen for the first time."""
        if piece not in self._ids:
            self._ids[piece] = len(self.tokens)
            self.tokens.append(piece)
        return self._ids[piece]

    def of(self, texts: Sequence[str]) -> list[Word]:
        """The pieces of each text."""
        encoded = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [tuple(map(self.id_of, each.tokens)) for each in encoded.encodings or []]

    def joined(self, word: Word) -> str:
        """A word as a string."""
        return _DASH.join(self.tokens[index] for index in word)

    def apart(self, word: str) -> Word:
        """The pieces of a word; a piece is cut at a dash of its own: `—` is two empty ones."""
        return tuple(self.id_of(piece) for piece in word.split(_DASH))


def halves(target: Word, source: Word, count: int) -> Iterator[tuple[tuple[int, int], int]]:
    """The token pairs of a word pair with their counts.

    One half of the count goes to all pairs (each source token has its part of it), the other half
    to pairs in order, tokens repeated where lengths differ.

    Args:
        target: ids of the target word's tokens.
        source: ids of the source word's tokens.
        count: of the word pair; no token pair has less than 1.
    """
    half = max(1, count // 2)
    for new in target:
        for old in source:
            yield (new, old), max(1, half // len(source))
    # Both words are repeated up to the least common multiple of their lengths: 2 and 3 tokens make
    # 6 pairs.
    divisor = math.gcd(len(target), len(source))
    dilution = len(source) // divisor
    repeated_old = np.repeat(source, len(target) // divisor).tolist()
    repeated_new = np.repeat(target, dilution).tolist()
    for new, old in zip(repeated_new, repeated_old, strict=True):
        yield (new, old), max(1, half // dilution)


@dataclass(frozen=True)
class Marks:
    """How a vocabulary marks the tokens that begin a word, and those that continue one."""

    first: str
    continued: str

    @classmethod
    def of(cls, table: TokenTable) -> "Marks":
        """Found by encoding probes, as the authors do."""
        begin = split(table, [" a"])[0]
        # So many letters are hardly one token; the second piece shows the mark of a continuation.
        run = split(table, ["a" * 22])[0]
        first = table.tokens[begin[0]].rstrip("a") if begin else ""
        return cls(first, table.tokens[run[1]].rstrip("a") if len(run) > 1 else "")


def glue(table: TokenTable | Pieces, marks: Marks, ids: Sequence[int]) -> list[Word]:
    """Tokens as words: a token joins the word before it, from letter to letter.

    Letters are those of Unicode (\\p{L}), as in the authors' pattern. The byte-level mark `Ġ` is
    one of them, but nothing joins a bare mark. Vocabularies that do not mark the beginning of
    words (WordPiece) have no words of two tokens: the pattern never matches there.

    Args:
        table: has the strings of the tokens.
        marks: of the vocabulary.
        ids: the tokens of a text.
    """
    words: list[list[int]] = []
    for index in ids:
        if words and _joins(table.tokens[words[-1][-1]], table.tokens[index], marks):
            words[-1].append(index)
        else:
            words.append([index])
    return [tuple(word) for word in words]


def _joins(before: str, token: str, marks: Marks) -> bool:
    if not marks.first or token.startswith(marks.first) or before.endswith(marks.first):
        return False
    if not token.startswith(marks.continued):
        return False
    return before[-1:].isalpha() and token[len(marks.continued) :][:1].isalpha()


def _word_counts(
    request: Request, new: Pieces, old: Pieces, alignment: WordAlignment, smallest: float
) -> Iterator[tuple[str, str, int]]:
    """Pairs of words that are aligned often enough, with whole counts."""
    source_texts, target_texts = parallel_texts(request, "trans-tokenization")
    source_words, source = _words(old, Marks.of(request.source), source_texts, alignment)
    target_words, target = _words(new, Marks.of(request.target), target_texts, alignment)
    aligned = align(
        source,
        target,
        shape=(len(target_words), len(source_words)),
        settings=alignment,
        kept=request.kept,
    )
    counts = aligned.counts().tocoo()
    for row, column, count in zip(counts.row, counts.col, counts.data.astype(int), strict=True):
        if count >= max(1, smallest):
            yield target_words[row], source_words[column], int(count)


def _words(
    pieces: Pieces, marks: Marks, texts: Sequence[str], alignment: WordAlignment
) -> tuple[list[str], Sentences]:
    """The distinct words of the texts, and the texts as numbers of words."""
    numbers: dict[str, int] = {}
    sentences = [
        [numbers.setdefault(pieces.joined(word), len(numbers)) for word in glue(pieces, marks, ids)]
        for ids in pieces.of([text.strip() for text in texts])
    ]
    return list(numbers), Sentences.of(
        sentences, longest=alignment.maximum_tokens, as_sets=alignment.sets_of_tokens
    )


def _count_numbers(request: Request, counts: Counts, new: Pieces, old: Pieces) -> None:
    """One more for the first source piece of each number that is a single target token."""
    for prefix in ("", " "):
        texts = [prefix + number for number in _NUMBERS]
        for text, source, target in zip(texts, old.of(texts), new.of(texts), strict=True):
            if len(target) == 1 and source:
                counts[target[0]][source[0]] += 1
            if text in request.target.ids and source:
                same = request.source.ids.get(text, source[0])
                counts[request.target.ids[text]][same] += 1


def _count_same_strings(request: Request, counts: Counts) -> None:
    """One more for the source token of the same string, word marks translated.

    As the authors do it: where the target has no mark and the source has one, the mark comes
    between all characters, so that next to nothing matches.
    """
    old, new = Marks.of(request.source), Marks.of(request.target)
    for token, index in request.target.ids.items():
        form = token.replace(new.first, old.first).replace(new.continued, old.continued)
        if form in request.source.ids:
            counts[index][request.source.ids[form]] += 1


def _count_special_tokens(request: Request, counts: Counts) -> None:
    """So many more for the source's token of the same role that nothing else weighs anything."""
    old = request.source.roles
    for role, index in request.target.roles.items():
        places = (role, _STANDS_IN.get(role, "unk"), "unk")
        if found := [old[place] for place in places if place in old]:
            counts[index][found[0]] += _SPECIAL_COUNT


def _smooth(request: Request, counts: Counts, new: Pieces, old: Pieces) -> None:
    """Tokens without counts from related ones; each becomes known to those after it.

    An empty string is within every token, but within any longer part of it too.
    """
    relatives = Relatives.of(new.tokens, [index for index in counts if counts[index]])
    empty = new.id_of("")
    for index in request.target_ids.tolist():
        if index in counts:
            continue
        related = list(relatives.related(new.tokens[index]))
        if empty in counts and not relatives.inside(new.tokens[index]):
            related.append(empty)
        gained = _gained(counts, related, old)
        if gained:
            counts[index] = gained
            relatives.add(new.tokens[index], index)


def _gained(counts: Counts, relatives: Iterable[int], old: Pieces) -> dict[int, int]:
    gained: dict[int, int] = defaultdict(int)
    for relative in relatives:
        total = sum(counts[relative].values())
        for index, count in counts[relative].items():
            weight = _SMOOTHING_COUNT * (2 if old.tokens[index].startswith("▁") else 1)
            # In whole numbers, as in the authors' code: a relative gives 1,000 or 2,000 in all, in
            # proportion to its counts, and at least 1.
            gained[index] += max(1, weight * count // total)
    return gained


def _matrix(request: Request, counts: Mapping[int, Mapping[int, int]]) -> csr_array:
    """Counts of rows; what the source's vocabulary lacks is its unknown token."""
    # Without an unknown token the id is beyond the last column, and its entries are left out below.
    known, unknown = len(request.source), request.source.roles.get("unk", request.columns)
    counted = (
        (new, old if old < known else unknown, count)
        for new, translations in counts.items()
        for old, count in translations.items()
        if new < len(request.target)
    )
    entries = [(new, old, count) for new, old, count in counted if old < request.columns]
    rows, columns, data = (
        (list(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
    )
    shape = (len(request.target), request.columns)
    return csr_array((np.asarray(data, float), (rows, columns)), shape=shape)
