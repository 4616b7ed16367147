"""A dictionary, aligned again with ever shorter pieces: by hand, and against a slow program."""

from collections import defaultdict
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from slow_model1 import frequencies, steps
from tests.tokenizers_of_kinds import KINDS, tokenizer_of
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lingraft.errors import ConfigError, InputError
from lingraft.initialization.methods.trans_tokenization import TransTokenization
from lingraft.initialization.parallel.recurrent import ShorterPieces, count_dictionary
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.request import Evidence, Request
from lingraft.tokenizers.token_table import TokenTable

LETTERS = "abdeimntu"
MERGES = [("a", "b"), ("u", "m"), ("um", "ba"), ("b", "a"), ("n", "i"), ("um", "b"), ("umb", "a"),
          ("d", "e"), ("de", "ni"), ("t", "i"), ("m", "ti")]  # fmt: skip
DICTIONARY = [
    ("house", "umba"), ("house", "umbani"), ("tree", "mti"), ("in", "ni"), ("red house", "umbade"),
    ("big", "de"), ("tree house", "umbamti"), ("red", "deni"), ("house", "ba"),
]  # fmt: skip
SOURCE = ["[UNK]", "house", "tree", "in", "red", "big"]


def bpe_vocabulary(merges=MERGES, letters=LETTERS):
    tokens = ["<unk>", *letters, *dict.fromkeys(left + right for left, right in merges)]
    return {token: index for index, token in enumerate(tokens)}


def table_of(model, special):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return TokenTable(PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token=special))


def request_of(target, pairs, folder):
    path = folder / "dictionary.tsv"
    path.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), "utf-8")
    source = table_of(
        models.WordLevel({word: i for i, word in enumerate(SOURCE)}, "[UNK]"), "[UNK]"
    )
    embeddings_SD = np.random.default_rng(0).standard_normal((len(SOURCE), 4), np.float32)
    return Request(source, target, embeddings_SD, evidence=Evidence(dictionaries=[path]))


@pytest.fixture
def bpe():
    return table_of(models.BPE(bpe_vocabulary(), MERGES, unk_token="<unk>"), "<unk>")


def slow_pieces(word, merges):
    pieces, ranks = list(word), {merge: rank for rank, merge in enumerate(merges)}
    while known := [pair for pair in pairwise(pieces) if pair in ranks]:
        best = min(known, key=ranks.__getitem__)
        position = list(pairwise(pieces)).index(best)
        pieces[position : position + 2] = ["".join(best)]
    return pieces


def slow_counts(pairs, iterations):
    """Expected counts of (target, source) where source tokens pick, by loops."""
    made = frequencies([source for _, source in pairs])
    step = next(
        s for i, s in enumerate(steps(pairs, made, "likelihood", 0.0, 0.0)) if i == iterations
    )
    return {(given, token): count for (token, given), count in step.counts.items() if count}


def slow_recurrent(dictionary, iterations, least=1e-12):
    """The paper's two loops: over rounds, and over a rising least count."""
    merges, removed = list(MERGES), set()
    table, rounds = defaultdict(dict), []
    for rise in range(3):
        while True:
            pairs = []
            for source, word in dictionary:
                pieces = {piece for piece in slow_pieces(word, merges) if piece not in removed}
                if pieces:
                    pairs.append((sorted(pieces), sorted(set(source.split()))))
            counts = slow_counts(pairs, iterations) if pairs else {}
            found = {pair: count for pair, count in counts.items() if count >= least + rise}
            if not found:
                break
            for (target, source), count in found.items():
                table[target][source] = count
            gone = {target for target, _ in found}
            removed |= gone
            merges = [(left, right) for left, right in merges if left + right not in gone]
            rounds.append(len(gone))
    return table, rounds


@pytest.mark.parametrize("iterations", [1, 4])
def test_counts_are_those_of_the_slow_program(bpe, tmp_path, iterations):
    request = request_of(bpe, DICTIONARY, tmp_path)
    alignment = WordAlignment(iterations=iterations)
    found = count_dictionary(request, alignment, lambda counts_TS: counts_TS, "x")
    expected, rounds = slow_recurrent(DICTIONARY, iterations)
    assert found.mapped == rounds
    assert len(rounds) > 2
    assert found.pairs == len(DICTIONARY)
    counts_TS = found.counts_TS.toarray()
    for token, index in bpe.ids.items():
        row = {SOURCE[s]: counts_TS[index, s] for s in np.flatnonzero(counts_TS[index])}
        assert row == pytest.approx(expected.get(token, {}), abs=1e-9), token


def test_a_round_takes_the_counted_tokens_out_and_cuts_the_words_shorter(tmp_path):
    merges = [("u", "m"), ("b", "a"), ("um", "ba")]
    table = table_of(models.BPE(bpe_vocabulary(merges, "abmu"), merges, unk_token="<unk>"), "<unk>")
    request = request_of(table, [("house", "umba"), ("red", "ba")], tmp_path)
    method = TransTokenization(recurrent=True)
    weights = method.weights_as_part(request)
    # umba and ba are counted first. Without them umba is cut into um, b, a, then into u, m.
    assert weights.account == {"recurrent": {"dictionary_pairs": 2, "mapped_in_rounds": [2, 3, 2]}}
    rows = {
        token: {SOURCE[s] for s in np.flatnonzero(weights.matrix_TS[[index]].toarray()[0])}
        for token, index in table.ids.items()
    }
    assert rows["umba"] == rows["um"] == rows["u"] == {"house"}
    assert rows["ba"] == {"red"}
    assert rows["<unk>"] == set()
    np.testing.assert_allclose(
        weights.matrix_TS.sum(axis=1)[1:], np.ones(len(table) - 1), atol=1e-12
    )


def test_the_least_count_decides_which_tokens_are_mapped(bpe, tmp_path):
    pairs = [("house", "umba"), ("house", "umba mti"), ("tree", "mti"), ("big", "de")]
    request = request_of(bpe, pairs, tmp_path)
    all_of_them = TransTokenization(recurrent=True).weights_as_part(request)
    often = TransTokenization(recurrent=True, minimum_count=1.5).weights_as_part(request)
    umba, de = bpe.ids["umba"], bpe.ids["de"]
    assert all_of_them.matrix_TS[[umba]].nnz == all_of_them.matrix_TS[[de]].nnz == 1
    assert often.matrix_TS[[umba]].nnz == 1
    assert often.matrix_TS[[de]].nnz == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_tokenizer_gets_shorter_until_nothing_is_left(kind):
    texts = ["the house of the tree", "houses and trees are red", "a red tree house"] * 3
    backend = tokenizer_of(kind, texts)
    table = TokenTable(PreTrainedTokenizerFast(tokenizer_object=backend))
    before = backend.to_str()
    shorter, seen, lengths = ShorterPieces(table), set(), []
    while any(ids := shorter.split(texts)):
        found = {index for text in ids for index in text}
        assert not found & seen
        seen |= found
        lengths.append(max(len(table.canonical[index].strip()) for index in found))
        shorter.remove(found)
    assert len(lengths) > 1
    assert lengths[0] == max(lengths) > 2 >= lengths[-1]
    assert backend.to_str() == before


def test_the_same_dictionary_gives_the_same_bits_in_any_order(bpe, tmp_path):
    first = TransTokenization(recurrent=True).weights(request_of(bpe, DICTIONARY, tmp_path))
    again = TransTokenization(recurrent=True).weights(request_of(bpe, DICTIONARY, tmp_path))
    turned = TransTokenization(recurrent=True).weights(request_of(bpe, DICTIONARY[::-1], tmp_path))
    np.testing.assert_array_equal(first.matrix_TS.toarray(), again.matrix_TS.toarray())
    np.testing.assert_allclose(first.matrix_TS.toarray(), turned.matrix_TS.toarray(), atol=1e-12)


def test_what_cannot_be_done_is_said_in_one_line(bpe, tmp_path):
    method = TransTokenization(recurrent=True)
    with pytest.raises(ConfigError, match=r"trans-tokenization needs a dictionary"):
        method.weights(SimpleNamespace(evidence=Evidence(), target=bpe))
    words = table_of(models.WordLevel({"<unk>": 0, "umba": 1}, "<unk>"), "<unk>")
    with pytest.raises(InputError, match="is a WordLevel tokenizer; its vocabulary cannot be"):
        method.weights(request_of(words, DICTIONARY, tmp_path))
    with pytest.raises(InputError, match=r"dictionary.tsv: no pair of words is in this dictionary"):
        method.weights(request_of(bpe, [], tmp_path))
    with pytest.raises(ValueError, match="recurrent: true cuts the dictionary anew"):
        TransTokenization.model_validate({"recurrent": True, "alignment": {"links": "x"}})
    with pytest.raises(ValueError, match="recurrent cannot be set with mode: reference"):
        TransTokenization.model_validate({"recurrent": True, "mode": "reference"})


def test_it_takes_the_dictionary_of_alignments_and_no_parallel_text():
    assert TransTokenization(recurrent=True).takes == {"dictionary"}
    assert TransTokenization().takes == {"parallel"}
