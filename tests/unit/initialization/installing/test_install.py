"""Initialized matrices in real architectures: ids, ties, positions, and the logits that follow."""

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    BertConfig,
    DistilBertConfig,
    GPT2Config,
    LlamaConfig,
    ModernBertConfig,
    RobertaConfig,
)

from lingraft.errors import InputError
from lingraft.initialization.initialize import initialize
from lingraft.initialization.installing.install import install, read_matrices
from lingraft.initialization.request import Request
from lingraft.models.token_tables import every_parameter, token_tables
from lingraft.tokenizers.token_table import TokenTable

SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 24,
}


def configuration(kind, rows, roles):
    ids = {f"{role}_token_id": roles.get(role) for role in ("pad", "bos", "eos")}
    match kind:
        case "bert":
            return BertConfig(vocab_size=rows, max_position_embeddings=40, **SIZES)
        case "roberta":
            return RobertaConfig(vocab_size=rows, max_position_embeddings=40, **SIZES, **ids)
        case "distilbert":
            return DistilBertConfig(vocab_size=rows, dim=16, n_layers=1, n_heads=2, hidden_dim=24)
        case "modernbert":
            more = {"cls_token_id": roles["cls"], "sep_token_id": roles["sep"]}
            return ModernBertConfig(vocab_size=rows, **SIZES, **ids, **more)
        case "gpt2":
            return GPT2Config(
                vocab_size=rows, n_embd=16, n_layer=1, n_head=2, n_positions=40, **ids
            )
        case "llama" | "untied":
            return LlamaConfig(
                vocab_size=rows, num_key_value_heads=2, tie_word_embeddings=kind == "llama",
                **SIZES, **ids,
            )  # fmt: skip


KINDS = ["bert", "roberta", "distilbert", "modernbert", "gpt2", "llama", "untied"]


def output_bias(model):
    biases = token_tables(model).biases
    return every_parameter(model)[biases[0]] if biases else None


def make_model(kind, table, padding=0):
    torch.manual_seed(0)
    config = configuration(kind, len(table) + padding, table.roles)
    is_causal = kind in ("gpt2", "llama", "untied")
    model = (AutoModelForCausalLM if is_causal else AutoModelForMaskedLM).from_config(config)
    if (bias := output_bias(model)) is not None:
        with torch.no_grad():
            bias.normal_()
    return model.eval()


def request_of(model, source, target):
    return Request(source, target, **read_matrices(model))


@pytest.fixture
def tables(toy):
    """A target that is the source with its ids permuted: every token is in both."""
    texts = tuple(toy.languages(0).source_texts)
    tokenizer = toy.tokenizer("metaspace", texts)
    order = np.random.default_rng(0).permutation(len(tokenizer))
    # Padding moves from 1 to 5: RoBERTa counts positions from there.
    order[[1, list(order).index(5)]] = [5, order[1]]
    return TokenTable(tokenizer), TokenTable(toy.permuted(tokenizer, order)), order


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_those_of_the_source_up_to_ids(toy, tables, tmp_path, kind):
    source, target, order = tables
    model = make_model(kind, source, padding=7)
    pad = source.roles["pad"]
    ids = torch.tensor([[0, 10, 20, 30, 2], [0, 11, 2, pad, pad]])
    mask = (ids != pad).long()
    expected = model(ids, attention_mask=mask).logits
    result = initialize(request_of(model, source, target), toy.settings("lexical", bias="copy"))
    installed = install(model, result, target)
    installed.save_pretrained(tmp_path)
    loaded = type(installed).from_pretrained(tmp_path).eval()
    new_ids = torch.from_numpy(order)[ids]
    for each in (installed, loaded):
        logits = each(new_ids, attention_mask=mask).logits[..., torch.from_numpy(order)]
        real = mask.bool()
        torch.testing.assert_close(
            logits[real], expected[real][:, : len(source)], atol=1e-5, rtol=1e-5
        )


@pytest.mark.parametrize("kind", KINDS)
def test_ids_and_sizes_are_right(toy, tables, kind):
    source, target, _ = tables
    model = make_model(kind, source)
    settings = toy.settings("random", pad_to_multiple_of=64)
    installed = install(model, initialize(request_of(model, source, target), settings), target)
    rows = -(-len(target) // 64) * 64
    config = installed.config
    assert config.vocab_size == rows == len(installed.get_input_embeddings().weight)
    for role in ("pad", "bos", "eos", "cls", "sep", "mask"):
        index = getattr(config, f"{role}_token_id", None)
        if index is not None:
            assert index == target.id_of_role(role) < rows
    assert config.pad_token_id == target.roles["pad"]
    if installed.can_generate():
        assert installed.generation_config.eos_token_id == target.roles["eos"]
    output = installed.get_output_embeddings()
    is_tied = output.weight.data_ptr() == installed.get_input_embeddings().weight.data_ptr()
    assert is_tied == (kind != "untied")
    assert len(output.weight) == rows
    bias = output_bias(installed)
    assert bias is None or len(bias) == rows


RULES = {
    "forced_bos_token_id": 3, "forced_eos_token_id": [2, 3], "suppress_tokens": [90],
    "begin_suppress_tokens": [5], "bad_words_ids": [[91]], "force_words_ids": [[4], [[5, 6]]],
    "sequence_bias": {(7, 8): -1.0}, "forced_decoder_ids": [[1, 5]], "lang_to_id": {"<|sw|>": 9},
    "no_timestamps_token_id": 8, "stop_words_ids": [[7]], "eot_token_index": 6,
}  # fmt: skip
NOT_RULES = {
    "max_new_tokens": 40, "temperature": 0.5, "num_assistant_tokens": 5, "stop_strings": ["."],
    "exponential_decay_length_penalty": (5, 1.1), "top_k": 20,
}  # fmt: skip


def test_no_rule_of_generation_by_id_survives(toy, tables):
    """Rules of transformers and of others: the target has other tokens under those ids."""
    source, target, _ = tables
    model = make_model("gpt2", source)
    for name, value in (RULES | NOT_RULES).items():
        setattr(model.generation_config, name, value)
    model.generation_config.decoder_start_token_id = 0
    model.generation_config.eos_token_id = [2, 9]
    result = initialize(request_of(model, source, target), toy.settings("fvt"))
    kept = vars(install(model, result, target).generation_config)
    assert {name: kept[name] for name in RULES} == dict.fromkeys(RULES)
    assert {name: kept[name] for name in NOT_RULES} == NOT_RULES
    assert kept["eos_token_id"] == target.roles["eos"]
    assert kept["decoder_start_token_id"] == target.id_of_role("bos")


def test_ids_of_a_configuration_that_are_no_roles_are_dropped(toy, tables):
    source, target, _ = tables
    model = make_model("llama", source)
    model.config.image_token_id, model.config.layer_ids = 7, [0, 1]
    result = initialize(request_of(model, source, target), toy.settings("fvt"))
    config = install(model, result, target).config
    assert (config.image_token_id, config.layer_ids) == (None, [0, 1])


def test_roles_are_mapped_between_styles(toy):
    """A BERT whose new tokenizer has <s> where it had [CLS]."""
    world = toy.world(0, "wordpiece", "bytes")
    model = make_model("bert", world.source)
    before = model.get_input_embeddings().weight.detach().clone()
    result = initialize(request_of(model, world.source, world.target), toy.settings("mean"))
    installed = install(model, result, world.target)
    after = installed.get_input_embeddings().weight
    for ours, theirs in (("<s>", "[CLS]"), ("</s>", "[SEP]"), ("<mask>", "[MASK]")):
        assert torch.equal(after[world.target.ids[ours]], before[world.source.ids[theirs]])
    assert installed.config.pad_token_id == world.target.ids["<pad>"]


def test_roberta_without_a_pad_token_is_refused(toy, tables):
    source, target, _ = tables
    model = make_model("roberta", source)
    result = initialize(request_of(model, source, target), toy.settings("mean"))
    target.tokenizer.pad_token = None
    target.__dict__.pop("roles", None)
    with pytest.raises(InputError, match="no pad token"):
        install(model, result, target)


@pytest.mark.parametrize("policy", ["zero", "combine", "copy", "unigram"])
def test_bias_policies(toy, policy):
    world = toy.world(0)
    result = initialize(world, toy.settings("lexical", bias=policy))
    assert result.facts["bias"] == policy
    copied = np.flatnonzero(result.weights.provenance_T < 3)
    sources = result.weights.matrix_TS[copied].indices
    if policy == "zero":
        assert not result.bias_T.any()
    if policy in ("combine", "copy"):
        np.testing.assert_array_equal(result.bias_T[copied], world.bias_S[sources])
    if policy == "copy":
        assert not np.delete(result.bias_T, copied).any()
    if policy == "unigram":
        frequent = world.target.ids["<mask>"], result.bias_T.argmax()
        assert result.bias_T[frequent[1]] > result.bias_T[frequent[0]]
        assert abs(result.bias_T.mean()) < 1e-5


def test_bfloat16_sources_keep_their_copies(toy, tables):
    source, target, order = tables
    model = make_model("bert", source).to(torch.bfloat16)
    before = model.get_input_embeddings().weight.detach().clone()
    result = initialize(request_of(model, source, target), toy.settings("lexical"))
    weight = install(model, result, target).get_input_embeddings().weight
    assert weight.dtype == torch.bfloat16
    assert torch.equal(weight[torch.from_numpy(order)], before)
