"""Small models whose vocabulary grows or shrinks: texts, roles, and the derived tokenizers."""

import torch
from transformers import BertConfig, BertForMaskedLM, XLMRobertaConfig, XLMRobertaForMaskedLM

from lingraft.tokenizers.extending import extend
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.pretokens import count_ids
from lingraft.tokenizers.pruning import prune
from lingraft.tokenizers.saving import write_tokenizer

TEXTS = [
    "the boat went home in the evening",
    "a friend reads books in the evening",
    "the friend of the boat is a book",
]
OTHERS = ["hatred and hatreds, oaken doors", "a wondrous forest, the hatred of a witch"]
SIZES = {
    "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
}  # fmt: skip
BERT_ROLES = {f"{role}_token": f"[{role.upper()}]" for role in ("cls", "sep", "unk", "pad", "mask")}
ROBERTA_ROLES = {
    "bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>",
    "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>",
}  # fmt: skip


def bert(rows, **ids):
    return BertForMaskedLM(BertConfig(vocab_size=rows, **SIZES))


def xlm_roberta(rows, **ids):
    config = XLMRobertaConfig(vocab_size=rows, pad_token_id=1, type_vocab_size=1, **SIZES)
    return XLMRobertaForMaskedLM(config)


def derived(source, kind):
    """The folder of an extended, a pruned, or the same tokenizer."""
    if kind == "kept":
        return source / "model"
    tokenizer = load_tokenizer(source / "model")
    backend = tokenizer.backend_tokenizer
    if kind == "extended":
        tokenizer._tokenizer = extend(backend, OTHERS * 2, 12, 1, "source")
    else:
        counts_V = count_ids(backend, TEXTS[:2])
        tokenizer._tokenizer = prune(backend, counts_V, [], "source", minimum_count=1)
    write_tokenizer(tokenizer, source / kind)
    return source / kind


def logits(model, ids):
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids])).logits[0]
