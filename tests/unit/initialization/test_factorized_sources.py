"""A model with factorized embeddings gets another vocabulary: its coordinates follow."""

import numpy as np
import pytest
import torch
from tests.tokenizers_of_kinds import tokenizer_of
from tests.unit.initialization.changed_vocabularies import (
    BERT_ROLES,
    OTHERS,
    ROBERTA_ROLES,
    SIZES,
    TEXTS,
    bert,
    derived,
    logits,
    xlm_roberta,
)
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from lingraft.errors import ConfigError
from lingraft.initialization.installing.install import read_matrices
from lingraft.initialization.methods import check_method
from lingraft.initialization.stage import Transfer, transfer
from lingraft.models.factorized import dense_model, factorize_model
from lingraft.models.loading import load_model
from lingraft.models.ties import settle_ties
from lingraft.models.token_tables import token_tables
from lingraft.models.writing import write_model
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import write_tokenizer

WIDTH = 6


def llama(rows):
    config = LlamaConfig(
        vocab_size=rows, tie_word_embeddings=True, pad_token_id=None, bos_token_id=None,
        eos_token_id=rows - 2, **SIZES,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def gemma(rows):
    """Its input embeddings alone are scaled; it has more rows than tokens."""
    config = Gemma3TextConfig(
        vocab_size=rows + 5, head_dim=8, num_key_value_heads=2, pad_token_id=None,
        bos_token_id=None, eos_token_id=None, **SIZES,
    )  # fmt: skip
    return Gemma3ForCausalLM(config)


CASES = {
    "llama": (llama, "specials-behind", {"eos_token": "<|endoftext|>"}),
    "gemma": (gemma, "sentencepiece-bpe", {"unk_token": "<unk>"}),
    "bert": (bert, "wordpiece", BERT_ROLES),
    "xlm-roberta": (xlm_roberta, "unigram", ROBERTA_ROLES),
}


def untied(model):
    """The same model whose head has coordinates and primitives of its own."""
    model.config.tie_word_embeddings = False
    head = model.get_output_embeddings()
    for part in (head.coordinates, head.primitives):
        part.weight = torch.nn.Parameter(part.weight.detach() + 0.1 * torch.randn_like(part.weight))
    return model


@pytest.fixture(scope="module", params=[*CASES, "llama untied"])
def source(request, tmp_path_factory):
    """A folder with a factorized model and its tokenizer."""
    folder = tmp_path_factory.mktemp("source")
    make, kind, roles = CASES[request.param.removesuffix(" untied")]
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer_of(kind, TEXTS), **roles)
    torch.manual_seed(3)
    dense = make(len(tokenizer)).eval()
    for name, parameter in dense.named_parameters():
        torch.nn.init.normal_(parameter, std=0.5 if "bias" in name else 0.2)
    random = np.random.default_rng(4)
    rows, dimensions = dense.get_input_embeddings().weight.shape
    model = factorize_model(
        dense,
        random.normal(size=(rows, WIDTH)).astype(np.float32),
        random.normal(size=(WIDTH, dimensions)).astype(np.float32),
    )
    if request.param.endswith("untied"):
        model = untied(model)
    (folder / "model").mkdir()
    write_model(model, folder / "model")
    write_tokenizer(tokenizer, folder / "model")
    return folder


def job_of(source, kind, output, **options):
    content = {"method": "fvt", "extends_source": True, **options}
    return Transfer(
        source_model=source / "model", target_tokenizer=derived(source, kind),
        method=check_method(content, "test"), output=output,
    )  # fmt: skip


def layers(model):
    return model.get_input_embeddings(), model.get_output_embeddings()


@pytest.mark.parametrize("kind", ["extended", "pruned", "kept"])
def test_kept_tokens_keep_every_bit(source, kind, tmp_path) -> None:
    report = transfer(job_of(source, kind, tmp_path / "out"))
    before, after = load_model(source / "model"), load_model(tmp_path / "out")
    old, new = load_tokenizer(source / "model"), load_tokenizer(tmp_path / "out")
    assert after.config.factorized_width == before.config.factorized_width == WIDTH
    for model in (before, after):
        embedding, head = layers(model)
        is_tied = head.coordinates.weight is embedding.coordinates.weight
        assert is_tied == before.config.tie_word_embeddings
    kept = sorted(old.get_vocab().keys() & new.get_vocab().keys(), key=old.get_vocab().get)
    old_C, new_C = old.convert_tokens_to_ids(kept), new.convert_tokens_to_ids(kept)
    for mine, theirs in zip(layers(after), layers(before), strict=True):
        assert torch.equal(mine.coordinates.weight[new_C], theirs.coordinates.weight[old_C])
        assert torch.equal(mine.primitives.weight, theirs.primitives.weight)
    assert report["rows"]["fill"] == 0
    ids = old(TEXTS[0])["input_ids"]
    same = new.convert_tokens_to_ids(old.convert_ids_to_tokens(ids))
    assert torch.equal(logits(after, same)[:, new_C], logits(before, ids)[:, old_C])


def test_new_rows_are_those_of_the_dense_model(source, tmp_path) -> None:
    """W over the coordinates and then the primitives is W over the embeddings."""
    transfer(job_of(source, "extended", tmp_path / "out"))
    before, after = load_model(source / "model"), load_model(tmp_path / "out")
    if not before.config.tie_word_embeddings:
        return  # nothing plain says the same as a factorized head of its own
    (tmp_path / "dense").mkdir()
    write_model(dense_model(before), tmp_path / "dense")
    write_tokenizer(load_tokenizer(source / "model"), tmp_path / "dense")
    method = check_method({"method": "fvt", "extends_source": True}, "test")
    dense_job = Transfer(
        source_model=tmp_path / "dense", target_tokenizer=derived(source, "extended"),
        method=method, output=tmp_path / "plain",
    )  # fmt: skip
    transfer(dense_job)
    plain = load_model(tmp_path / "plain")
    torch.testing.assert_close(
        after.get_input_embeddings().weight, plain.get_input_embeddings().weight
    )
    ids = load_tokenizer(tmp_path / "out")(OTHERS[0])["input_ids"]
    torch.testing.assert_close(logits(after, ids), logits(plain, ids), rtol=1e-4, atol=1e-4)


def test_another_language_gets_filled_and_rescaled_coordinates(source, tmp_path) -> None:
    method = {"method": "random", "extends_source": False, "rescale": "mean"}
    report = transfer(job_of(source, "extended", tmp_path / "out", **method))
    model = load_model(tmp_path / "out")
    assert report["rows"]["fill"] > 20
    assert model.get_input_embeddings().coordinates.weight.isfinite().all()


def test_another_width_is_refused(source, tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"width: .* are factorized already, with width 6"):
        transfer(job_of(source, "extended", tmp_path / "out", width=4))
    transfer(job_of(source, "extended", tmp_path / "out", width=WIDTH))


def test_matrices_are_read_by_name(source) -> None:
    model = load_model(source / "model")
    settle_ties(model)
    matrices, tables = read_matrices(model), token_tables(model)
    assert matrices["embeddings_SD"].shape[1] == WIDTH
    assert all(name.endswith("coordinates.weight") for name in tables.embeddings | tables.output)
    assert (matrices["output_SD"] is None) == model.config.tie_word_embeddings
    assert not tables.others
