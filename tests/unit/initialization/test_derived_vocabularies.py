"""A model whose vocabulary grew or shrank says of every kept token what it said before."""

import pytest
import torch
from tests.tokenizers_of_kinds import tokenizer_of
from tests.unit.initialization import changed_vocabularies
from tests.unit.initialization.changed_vocabularies import (
    BERT_ROLES,
    ROBERTA_ROLES,
    SIZES,
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

from lingraft.corpus.documents import Document, write_lines
from lingraft.initialization.methods import check_method
from lingraft.initialization.stage import Transfer, transfer
from lingraft.models.loading import load_model
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import write_tokenizer

TEXTS = [*changed_vocabularies.TEXTS, "7 books and 9 boats went home"]


def llama(rows, **ids):
    return LlamaForCausalLM(LlamaConfig(vocab_size=rows, **SIZES, **ids))


def untied_llama(rows, **ids):
    return LlamaForCausalLM(LlamaConfig(vocab_size=rows, tie_word_embeddings=False, **SIZES, **ids))


def gemma(rows, **ids):
    """With more rows than tokens, as the published ones have."""
    return Gemma3ForCausalLM(
        Gemma3TextConfig(vocab_size=rows + 21, head_dim=8, num_key_value_heads=2, **SIZES, **ids)
    )


CASES = {
    "llama": (llama, "specials-behind", {"eos_token": "<|endoftext|>"}),
    "llama untied": (untied_llama, "specials-behind", {"eos_token": "<|endoftext|>"}),
    "gemma padded": (gemma, "sentencepiece-bpe", {"unk_token": "<unk>"}),
    "bert": (bert, "wordpiece", BERT_ROLES),
    "xlm-roberta": (xlm_roberta, "unigram", ROBERTA_ROLES),
}


@pytest.fixture(scope="module", params=CASES)
def source(request, tmp_path_factory):
    """A folder with a model, and whether it reads from left to right."""
    folder = tmp_path_factory.mktemp("source")
    make, kind, roles = CASES[request.param]
    backend = tokenizer_of(kind, TEXTS)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, **roles)
    torch.manual_seed(3)
    ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": None, "bos_token_id": None}
    model = make(len(tokenizer), **ids).eval()
    for name, parameter in model.named_parameters():
        torch.nn.init.normal_(parameter, std=0.5 if "bias" in name else 0.2)
    model.save_pretrained(folder / "model")
    write_tokenizer(tokenizer, folder / "model")
    write_lines(folder / "train.jsonl.zst", (Document(str(i), t) for i, t in enumerate(TEXTS)))
    return folder


def made(source, kind, output, **options):
    tokenizer = derived(source, kind)
    method = check_method({"method": "fvt", "extends_source": True, **options}, "test")
    job = Transfer(
        source_model=source / "model", target_tokenizer=tokenizer, method=method, output=output,
        corpora=[source / "train.jsonl.zst"],
    )  # fmt: skip
    return transfer(job)


def tables(model):
    """What a model has by token: embeddings, head, bias."""
    head = model.get_output_embeddings()
    found = [model.get_input_embeddings().weight, head.weight]
    return [*found, *([head.bias] if head.bias is not None else [])]


@pytest.mark.parametrize("kind", ["extended", "pruned"])
def test_kept_tokens_keep_every_bit(source, kind, tmp_path) -> None:
    report = made(source, kind, tmp_path / kind)
    before, after = load_model(source / "model"), load_model(tmp_path / kind)
    old, new = load_tokenizer(source / "model"), load_tokenizer(tmp_path / kind)
    kept = sorted(old.get_vocab().keys() & new.get_vocab().keys(), key=old.get_vocab().get)
    old_C = old.convert_tokens_to_ids(kept)
    new_C = new.convert_tokens_to_ids(kept)
    for mine, theirs in zip(tables(after), tables(before), strict=True):
        assert torch.equal(mine[new_C], theirs[old_C])
    assert report["rows"]["fill"] == 0
    # A text of kept tokens: the same tokens, and for each kept one the same logits.
    text = TEXTS[0]
    ids = old(text)["input_ids"]
    same = new.convert_tokens_to_ids(old.convert_ids_to_tokens(ids))
    if kind == "pruned":
        assert new(text)["input_ids"] == same
        assert len(new) < len(old)
    assert torch.equal(logits(after, same)[:, new_C], logits(before, ids)[:, old_C])


def test_what_is_combined_has_a_combined_bias(source, tmp_path) -> None:
    """A new token is not more likely than what it is made of."""
    report = made(source, "extended", tmp_path / "extended")
    model = load_model(tmp_path / "extended")
    bias = model.get_output_embeddings().bias
    if bias is None:
        assert report["bias_policy"] == "none"
        return
    assert report["bias_policy"] == "combine"
    old = load_tokenizer(source / "model")
    new = load_tokenizer(tmp_path / "extended")
    before = load_model(source / "model").get_output_embeddings().bias
    added = new.get_vocab().keys() - old.get_vocab().keys()
    token = min(token for token in added if not token.startswith("##"))
    pieces = old.backend_tokenizer.model.tokenize(token)
    expected = torch.stack([before[piece.id] for piece in pieces]).mean()
    torch.testing.assert_close(bias[new.convert_tokens_to_ids(token)], expected)
