"""Log probabilities of sentences against hand computations."""

from pathlib import Path

import pytest
import torch
from evaluation_samples import ROLES
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    PreTrainedTokenizerFast,
)

from lingraft.evaluation.measures.sentence_likelihood import (
    cut_sentences,
    log_probabilities,
    preferences,
)


def pieces_tokenizer() -> PreTrainedTokenizerFast:
    """Words of several pieces: every letter behind the first is a piece of its own."""
    pieces = [*"abc", *(f"##{letter}" for letter in "abc")]
    vocabulary = {token: i for i, token in enumerate([*ROLES.values(), *pieces])}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    roles = {f"{role}_token": token for role, token in ROLES.items()}
    return PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=32, **roles)


def test_a_causal_model_reads_from_the_left(causal_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(causal_model).eval()
    tokenizer = AutoTokenizer.from_pretrained(causal_model)
    for prefix, first in ((None, 0), ("w7", 2 + 7)):
        cut = cut_sentences(model, tokenizer, ["w1 w2 w3", "w4"], prefix)
        found = log_probabilities(model, cut)
        for text, own in (([3, 4, 5], found[0]), ([6], found[1])):
            with torch.inference_mode():
                logits = model(input_ids=torch.tensor([[first, *text]])).logits[0]
            rows = logits.log_softmax(-1)
            expected = sum(rows[t, token].item() for t, token in enumerate(text))
            assert own == pytest.approx(expected, rel=1e-5)


def test_a_masked_model_does_not_see_the_rest_of_a_word() -> None:
    tokenizer = pieces_tokenizer()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32, initializer_range=0.5,
    )  # fmt: skip
    model = BertForMaskedLM(config).eval()
    cut = cut_sentences(model, tokenizer, ["abc ba"], None)
    a, b, c, of_a, of_b, of_c, mask = 5, 6, 7, 8, 9, 10, 4
    del c
    hidden = [
        ([mask, mask, mask, b, of_a], 0, a),
        ([a, mask, mask, b, of_a], 1, of_b),
        ([a, of_b, mask, b, of_a], 2, of_c),
        ([a, of_b, of_c, mask, mask], 3, b),
        ([a, of_b, of_c, b, mask], 4, of_a),
    ]
    rows = [(list(w.inputs)[1:-1], w.labels.index(label) - 1, label)
            for w, (_, _, label) in zip(cut.windows, hidden, strict=True)]  # fmt: skip
    assert rows == hidden
    expected = 0.0
    for ids, place, label in hidden:
        with torch.inference_mode():
            logits = model(input_ids=torch.tensor([[2, *ids, 3]])).logits[0, place + 1]
        expected += logits.log_softmax(-1)[label].item()
    assert log_probabilities(model, cut) == [pytest.approx(expected, rel=1e-5)]
    assert (cut.tokens, cut.bytes) == ([5], [6])


def test_equal_values_are_half_right() -> None:
    assert preferences([-1.0, -2.0, -2.0, -1.0, -3.0, -3.0]) == [1, 0, 0.5]
