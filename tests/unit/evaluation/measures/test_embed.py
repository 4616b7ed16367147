"""Embedding: the right layer, the right tokens, each text once, batches without effect."""

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from evaluation_samples import WORDS, make_tokenizer, sentences
from transformers import AutoModel, AutoTokenizer

from lingraft.evaluation.measures.embed import Embedder, SentenceEmbedder, longest_input, pool
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.models.rows import batches_by_length


@pytest.fixture(scope="module")
def embedder(masked_model: Path) -> Embedder:
    model = AutoModel.from_pretrained(masked_model).eval()
    return Embedder(model, AutoTokenizer.from_pretrained(masked_model))


class ConstantLayers(torch.nn.Module):
    """A model whose hidden state k is the constant k everywhere."""

    device = torch.device("cpu")
    config = SimpleNamespace(hidden_size=4, max_position_embeddings=32)

    @property
    def base_model(self) -> "ConstantLayers":
        return self

    def forward(self, input_ids: Any, attention_mask: Any, output_hidden_states: bool) -> Any:
        states = [torch.full((*input_ids.shape, 4), float(k)) for k in range(13)]
        return SimpleNamespace(last_hidden_state=states[-1], hidden_states=states)


@pytest.mark.parametrize(("layer", "value"), [(0, 0), (8, 8), (12, 12), (-1, 12), (-2, 11)])
def test_layer_8_is_the_output_of_the_eighth_block(layer: int, value: float) -> None:
    constant = Embedder(ConstantLayers(), make_tokenizer())
    assert np.all(constant.embed(["w1 w2"], Embedding(layer=layer)) == value)


def test_layer_1_of_a_real_model_is_what_its_first_block_returns(embedder: Embedder) -> None:
    seen = []
    hook = embedder._model.encoder.layer[0].register_forward_hook(
        lambda module, inputs, output: seen.append(
            output[0] if isinstance(output, tuple) else output
        )
    )
    vector_1E = embedder.embed(["w1 w2 w3"], Embedding(layer=1))
    hook.remove()
    np.testing.assert_allclose(vector_1E[0], seen[0][0].mean(dim=0).numpy(), atol=1e-6)


def test_padding_changes_nothing(masked_model: Path) -> None:
    texts = sentences(50)
    how = Embedding()
    model = AutoModel.from_pretrained(masked_model).eval()
    tokenizer = AutoTokenizer.from_pretrained(masked_model)
    together = Embedder(model, tokenizer).embed(texts, how)
    alone = [Embedder(model, tokenizer).embed([text], how)[0] for text in texts]
    np.testing.assert_allclose(together, np.stack(alone), atol=1e-5)


def test_a_text_is_computed_once_for_each_way_of_embedding(masked_model: Path) -> None:
    model = AutoModel.from_pretrained(masked_model).eval()
    rows = []
    model.register_forward_pre_hook(
        lambda module, args, kwargs: rows.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    embedder = Embedder(model, AutoTokenizer.from_pretrained(masked_model))
    first = embedder.embed(["w1", "w2", "w1"], Embedding())
    again = embedder.embed(["w2", "w3"], Embedding())
    embedder.embed(["w1"], Embedding(layer=1))
    assert sum(rows) == 4
    assert np.array_equal(first[1], again[0])
    assert np.array_equal(first[0], first[2])


def test_texts_that_fit_are_shared_by_tasks_that_cut_elsewhere(masked_model: Path) -> None:
    model = AutoModel.from_pretrained(masked_model).eval()
    rows = []
    model.register_forward_pre_hook(
        lambda module, args, kwargs: rows.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    tokenizer = AutoTokenizer.from_pretrained(masked_model)
    embedder, texts = Embedder(model, tokenizer), ["w1 w2", " ".join(WORDS[:20])]
    for length in (30, 10, 25, 10):
        how = Embedding(maximum_length=length)
        found = embedder.embed(texts, how)
        fresh = Embedder(AutoModel.from_pretrained(masked_model).eval(), tokenizer)
        np.testing.assert_allclose(found, fresh.embed(texts, how), atol=1e-6)
        assert embedder.count_cut(texts, how) == (length == 10)
    assert sum(rows) == 3  # both texts at first, then the long one where it is cut


def test_pooling_takes_the_counted_positions() -> None:
    hidden_NTE = torch.arange(8, dtype=torch.float32).reshape(1, 4, 2)
    counted_NT = torch.tensor([[0, 1, 1, 0]])
    assert pool(hidden_NTE, counted_NT, "mean").tolist() == [[3, 4]]
    assert pool(hidden_NTE, counted_NT, "first").tolist() == [[2, 3]]
    assert pool(hidden_NTE, counted_NT, "last").tolist() == [[4, 5]]
    assert pool(hidden_NTE, torch.zeros(1, 4), "mean").tolist() == [[0, 0]]


def test_special_tokens_can_be_left_out_of_the_mean(embedder: Embedder) -> None:
    text = "w1 w2"
    ids = embedder._tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        hidden_TE = embedder._model(**ids).last_hidden_state[0].numpy()
    with_special = embedder.embed([text], Embedding())[0]
    without = embedder.embed([text], Embedding(special_tokens=False))[0]
    np.testing.assert_allclose(with_special, hidden_TE.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(without, hidden_TE[1:-1].mean(axis=0), atol=1e-6)


def test_empty_and_overlong_texts_are_embedded_and_counted(embedder: Embedder) -> None:
    texts = ["", " ".join(WORDS), "w1"]
    vectors_NE = embedder.embed(texts, Embedding(special_tokens=False))
    assert np.all(vectors_NE[0] == 0)
    assert np.isfinite(vectors_NE).all()
    assert embedder.count_cut(texts, Embedding()) == 1
    assert embedder.embed([], Embedding()).shape == (0, 16)


def test_batches_hold_every_index_once_and_respect_the_budget() -> None:
    lengths = [random.Random(1).randint(0, 60) for _ in range(200)]
    batches = list(batches_by_length(lengths, 128))
    assert sorted(i for batch in batches for i in batch) == list(range(200))
    assert all(
        len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= 128 for batch in batches
    )


def test_roberta_reads_two_positions_less_than_its_table_has() -> None:
    from transformers import RobertaConfig, RobertaModel

    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    model = RobertaModel(
        RobertaConfig(vocab_size=70, max_position_embeddings=34, intermediate_size=8, **sizes)
    ).eval()
    tokenizer = make_tokenizer(length=10**9)
    assert longest_input(model, tokenizer) == 32
    assert np.isfinite(Embedder(model, tokenizer).embed([" ".join(WORDS)], Embedding())).all()


def test_vectors_equal_those_of_sentence_transformers(
    embedder: Embedder, masked_model: Path
) -> None:
    from sentence_transformers import SentenceTransformer, models

    body = models.Transformer(str(masked_model), max_seq_length=32)
    reference = SentenceTransformer(modules=[body, models.Pooling(16)], device="cpu")
    texts = sentences(100)
    np.testing.assert_allclose(
        embedder.embed(texts, Embedding()), reference.encode(texts), atol=1e-5
    )


def test_each_role_of_an_encoder_has_its_prompt_and_plain_texts_have_none(
    masked_model: Path,
) -> None:
    from sentence_transformers import SentenceTransformer, models

    body = models.Transformer(str(masked_model), max_seq_length=32)
    prompts = {"query": "w1 ", "document": "w2 w3 ", "plain": "w4 "}
    encoder = SentenceTransformer(
        modules=[body, models.Pooling(16)], device="cpu", prompts=prompts
    ).eval()
    documents = SentenceEmbedder(encoder, AutoTokenizer.from_pretrained(masked_model), "document")
    texts = sentences(8, 10)
    for embedder, prompt in (
        (documents, prompts["document"]),
        (documents.for_queries(), prompts["query"]),
        (documents.plain(), ""),
    ):
        expected = encoder.encode(texts, prompt=prompt)
        np.testing.assert_allclose(embedder.embed(texts, Embedding()), expected, atol=1e-5)
