"""Encoders read merged strings: without merges every bit is that of tokens, with them fewer are."""

from pathlib import Path

import numpy as np
import pytest
import torch
from piece_models import FAMILIES, piece_texts, save_piece_model
from transformers import BertConfig, BertForMaskedLM

from lingraft.config.dynamic import Dynamic
from lingraft.errors import InputError
from lingraft.evaluation.dynamic.costs import ReadingCosts
from lingraft.evaluation.dynamic.reader import require_encoder
from lingraft.evaluation.dynamic.rows import KeptRows, MeanRows
from lingraft.evaluation.measures.embed import Embedder, open_embedder
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.models.byte_network import ByteNetwork
from lingraft.models.byte_words import byte_words_model
from lingraft.models.factorized import factorize_model
from lingraft.models.loading import load_model
from lingraft.tokenizers.dynamic.merging import MergedString
from lingraft.tokenizers.loading import load_tokenizer

TEXTS = piece_texts()
NONE = Dynamic(merges="max").model_copy(update={"merges": (0,)})


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request, tmp_path_factory) -> Path:
    return save_piece_model(tmp_path_factory.mktemp("models") / request.param, request.param)


@pytest.mark.parametrize(
    "how", [Embedding(), Embedding(layer=1), Embedding(special_tokens=False, pooling="first")]
)
def test_without_merges_every_bit_is_the_same(folder, how) -> None:
    static = open_embedder(folder, "cpu")
    dynamic = static.anew(NONE)
    np.testing.assert_array_equal(dynamic.embed(TEXTS, how), static.embed(TEXTS, how))
    assert dynamic.costs.units == dynamic.costs.tokens == static.costs.tokens


@pytest.mark.parametrize("boundary", ["pretokens", "words", "hyphenated_words", "sentences"])
def test_merges_make_texts_shorter(folder, boundary) -> None:
    embedder = open_embedder(folder, "cpu")
    lengths = []
    for merges in (5, 40, "max"):
        read = embedder.anew(Dynamic(boundary=boundary, merges=merges, batch=16))
        vectors_NE = read.embed(TEXTS, Embedding())
        assert np.isfinite(vectors_NE).all()
        assert vectors_NE.shape == (len(TEXTS), 16)
        lengths.append(read.costs.units)
    assert read.costs.tokens > lengths[0] > lengths[1] > lengths[2]


def test_vectors_are_those_of_inputs_embeds(folder) -> None:
    """A string has the mean of the rows of its pieces, a token its own."""
    embedder = open_embedder(folder, "cpu")
    settings = Dynamic(merges="max", batch=8)
    text = max(TEXTS, key=len)
    found_E = embedder.anew(settings).embed([text], Embedding())[0]
    model, tokenizer = load_model(folder).base_model, load_tokenizer(folder)
    reader = embedder.anew(settings)._reader
    encoded = tokenizer([text], truncation=True)
    rows = encoded["input_ids"]
    units, starts = reader.read(rows, reader.spaced(encoded.encodings, [text]))
    ends = [*starts[0][1:], len(rows[0])]
    first = reader.boundaries.first_free
    assert any(unit >= first for unit in units[0])
    matrix_VE = model.get_input_embeddings().weight
    with torch.inference_mode():
        inputs = torch.stack(
            [
                matrix_VE[unit] if unit < first else matrix_VE[rows[0][i:j]].mean(0)
                for unit, i, j in zip(units[0], starts[0], ends, strict=True)
            ]
        )
        assert len(inputs) < len(rows[0])
        expected = model(inputs_embeds=inputs[None], attention_mask=torch.ones(1, len(inputs)))
    np.testing.assert_allclose(found_E, expected.last_hidden_state[0].mean(0), atol=1e-5)


def test_what_a_text_becomes_depends_on_its_batch_and_on_nothing_else(folder) -> None:
    embedder = open_embedder(folder, "cpu")
    settings = Dynamic(merges=10, batch=8)
    whole = embedder.anew(settings).embed(TEXTS[:16], Embedding())
    again = embedder.anew(settings)
    again.embed(TEXTS[20:40], Embedding())
    np.testing.assert_array_equal(again.embed(TEXTS[:16], Embedding()), whole)
    np.testing.assert_array_equal(again.embed(TEXTS[:16], Embedding()), whole)
    small = embedder.anew(settings.model_copy(update={"cached": 1})).embed(TEXTS[:16], Embedding())
    np.testing.assert_array_equal(small, whole)


def test_repeated_texts_are_read_once(folder) -> None:
    embedder = open_embedder(folder, "cpu").anew(Dynamic(merges=10))
    vectors_NE = embedder.embed([*TEXTS[:3], TEXTS[0]], Embedding())
    np.testing.assert_array_equal(vectors_NE[3], vectors_NE[0])
    assert embedder.costs.texts == 3
    assert embedder.embed([], Embedding()).shape == (0, 16)


def test_a_text_is_cut_where_it_is_cut_without_merges(folder) -> None:
    how = Embedding(maximum_length=12)
    embedder = open_embedder(folder, "cpu")
    read = embedder.anew(Dynamic(merges="max"))
    long = sorted(TEXTS, key=len)[-8:]
    read.embed(long, how)
    embedder.embed(long, how)
    assert read.costs.tokens == embedder.costs.tokens
    assert read.count_cut(long, how) == embedder.count_cut(long, how) > 0


def test_factorized_rows_are_read_through_their_primitives(folder) -> None:
    dense, tokenizer = load_model(folder), load_tokenizer(folder)
    draw = np.random.default_rng(0)
    rows, width = dense.get_input_embeddings().weight.shape
    coordinates_VR = draw.normal(size=(rows, 4)).astype(np.float32)
    primitives_RD = draw.normal(size=(4, width)).astype(np.float32)
    model = factorize_model(dense, coordinates_VR, primitives_RD).eval()
    embedder = Embedder(model.base_model, tokenizer)
    np.testing.assert_array_equal(
        embedder.anew(NONE).embed(TEXTS, Embedding()), embedder.embed(TEXTS, Embedding())
    )
    made = MeanRows(model.get_input_embeddings()).make([MergedString("x", (7, 8, 9))])
    np.testing.assert_allclose(
        made[0].detach(), coordinates_VR[7:10].mean(0) @ primitives_RD, atol=1e-5
    )


def test_a_sentence_encoder_reads_merged_strings_with_its_prompts(tmp_path) -> None:
    from sentence_transformers import SentenceTransformer, models

    from lingraft.evaluation.measures.embed import SentenceEmbedder

    folder = save_piece_model(tmp_path / "model", "bert")
    body = models.Transformer(str(folder), max_seq_length=40)
    encoder = SentenceTransformer(
        modules=[body, models.Pooling(16)], device="cpu", prompts={"query": "bada "}
    ).eval()
    static = SentenceEmbedder(encoder, load_tokenizer(folder), "document")
    for role in (lambda e: e, lambda e: e.for_queries()):
        np.testing.assert_array_equal(
            role(static.anew(NONE)).embed(TEXTS, Embedding()),
            role(static).embed(TEXTS, Embedding()),
        )
    read = static.anew(Dynamic(merges="max"))
    read.for_queries().embed(TEXTS, Embedding())
    assert 0 < read.costs.units < read.costs.tokens


def test_rows_that_were_used_last_are_kept() -> None:
    embedding = torch.nn.Embedding(9, 4)
    costs = ReadingCosts()
    kept = KeptRows(MeanRows(embedding), 2, costs)
    a, b, c = (MergedString(name, (i, i + 1, i + 2)) for i, name in enumerate("abc"))
    first_UE = kept.of([a, b])
    kept.of([a])
    kept.of([c])  # b is the one that was used first
    assert (costs.looked_up, costs.found) == (4, 1)
    np.testing.assert_array_equal(kept.of([b, a, c])[[1, 0]], first_UE)
    assert (costs.looked_up, costs.found) == (7, 3)
    assert len(kept._rows) == 2


def test_a_decoder_is_refused(causal_model) -> None:
    with pytest.raises(InputError, match="a gpt2 model is a decoder") as caught:
        open_embedder(causal_model, "cpu").anew(Dynamic(merges=3))
    assert "\n" not in str(caught.value)


def test_a_row_that_is_kept_keeps_no_other(folder) -> None:
    """One view of a batch's rows would hold all of them, however few are kept."""
    embedder = open_embedder(folder, "cpu").anew(Dynamic(merges="max", cached=3))
    embedder.embed(TEXTS, Embedding())
    rows = list(embedder._reader._rows._rows.values())
    assert len(rows) == 3
    assert all(row_E.untyped_storage().nbytes() == row_E.nbytes for row_E in rows)


def test_words_as_bytes_are_one_line() -> None:
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    dense = BertForMaskedLM(BertConfig(vocab_size=517, intermediate_size=24, **sizes)).eval()
    network = ByteNetwork(16, width=8, queries=2, heads=2, dropout=0.0, maximum=8)
    model, _ = byte_words_model(dense, network, specials=5, source_rows=10_000, seed=0)
    with pytest.raises(InputError, match=r"a byte-words-bert model .* has no rows") as why:
        require_encoder(model.base_model)
    assert "\n" not in str(why.value)
