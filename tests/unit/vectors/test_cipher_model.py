"""The cipher experiment to its end: a model whose embeddings are made for the cipher language.

A small model learns the plain text. For the cipher text its embeddings are made by WECHSEL, from
vectors that 25 pairs aligned. Only the embeddings differ, so the held-out loss orders the maps.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cipher_languages import TYPES, language, texts
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from lingraft.artifacts import AlignmentFacts, CorpusFacts, TokenizerFacts, new_artifact
from lingraft.config.pretraining import Pretraining
from lingraft.corpus.documents import Document, write_lines
from lingraft.initialization.methods.baselines import Random
from lingraft.initialization.methods.wechsel import Wechsel
from lingraft.initialization.stage import Transfer, transfer
from lingraft.models.loading import load_model
from lingraft.tokenizers.stage import encode_corpus
from lingraft.training.job import Job
from lingraft.training.stage import pretrain
from lingraft.vectors.aligners.procrustes import Procrustes
from lingraft.vectors.aligners.self_learning import SelfLearning
from lingraft.vectors.alignment import align
from lingraft.vectors.word_pairs import WordPair

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TEXTS = 8000
PAIRS = 25
CIPHER = np.random.default_rng(3).permutation(TYPES)  # the word at each place of the vocabulary
ORDER = ("oracle", "self-learning", "procrustes", "random")
Losses = dict[str, tuple[float, float]]  # of each model at step 0 and at the end, in nats


def write_tokenizer(folder: Path, words: list[str]) -> Any:
    backend = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate([*SPECIAL, *words])}, unk_token="[UNK]")
    )
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, model_max_length=32, **dict(zip(names, SPECIAL, strict=True))
    )
    with new_artifact(folder, "tokenizer", facts=TokenizerFacts()) as staging:
        tokenizer.save_pretrained(staging)
    return tokenizer


def write_corpus(folder: Path, prefix: str) -> None:
    lines = texts(prefix, 1, TEXTS)
    documents = [Document(f"{prefix}-{i}", line) for i, line in enumerate(lines)]
    with new_artifact(folder, "corpus", facts=CorpusFacts(language="eng_Latn")) as staging:
        write_lines(staging / "train.jsonl.zst", documents[:-1000])
        write_lines(staging / "valid.jsonl.zst", documents[-1000:])


def train(model: Path, corpus: Path, output: Path, steps: int, rate: float) -> tuple[float, float]:
    """Train on a corpus; the held-out losses at step 0 and at the end."""
    tokens = output.parent / f"{output.name}-tokens" / "text"
    encode_corpus(model, corpus, tokens)
    recipe = Pretraining(
        steps=steps,
        sequence_length=14,
        batch_size=64,
        learning_rate=rate,
        evaluate_every=steps,
        packing="documents",
    )
    state = output.parent / f"{output.name}-state"
    pretrain(Job(recipe, model, {"text": tokens}, state, output, 1, corpora={"text": corpus}))
    lines = map(json.loads, (output / "metrics.jsonl").read_text().splitlines())
    losses = [line["loss"] for line in lines if "measure" in line]
    return losses[0], losses[-1]


def permuted(source: Path, tokenizer: Any, output: Path) -> None:
    """The oracle: each row of the source model at the place of the cipher's word."""
    model = load_model(source)
    rows = torch.tensor([*range(len(SPECIAL)), *(CIPHER + len(SPECIAL))])
    with torch.no_grad():
        for table in (model.get_input_embeddings().weight, model.cls.predictions.bias):
            table.copy_(table[rows].clone())
    with new_artifact(output, "model") as staging:
        model.save_pretrained(staging)
        tokenizer.save_pretrained(staging)


@pytest.fixture(scope="module")
def losses(tmp_path_factory: pytest.TempPathFactory) -> Losses:
    root = tmp_path_factory.mktemp("cipher")
    torch.manual_seed(0)
    write_corpus(root / "plain", "s")
    write_corpus(root / "cipher", "t")
    plain = write_tokenizer(root / "plain-tokenizer", [f"s{i}" for i in range(TYPES)])
    cipher = write_tokenizer(root / "cipher-tokenizer", [f"t{i}" for i in CIPHER])
    with new_artifact(root / "untrained", "model") as staging:
        BertForMaskedLM(
            BertConfig(
                vocab_size=TYPES + len(SPECIAL), hidden_size=64, num_hidden_layers=1,
                num_attention_heads=2, intermediate_size=128, max_position_embeddings=32,
                hidden_dropout_prob=0, attention_probs_dropout_prob=0, initializer_range=0.1,
            )
        ).save_pretrained(staging)  # fmt: skip
        plain.save_pretrained(staging)
    found = {"source": train(root / "untrained", root / "plain", root / "source", 600, 5e-3)}
    permuted(root / "source", cipher, root / "oracle")
    for job in transfers(root):
        transfer(job)
    for name in ORDER:
        found[name] = train(root / name, root / "cipher", root / f"{name}-trained", 200, 1e-3)
    return found


def transfers(root: Path) -> Iterator[Transfer]:
    """The initializations to compare, on vectors of both languages that were trained apart."""
    sides = language("s", 1, TEXTS), language("t", 2, TEXTS)
    for name, vectors in zip(("s", "t"), sides, strict=True):
        (root / name).mkdir()
        vectors.save(root / name)
    order = np.random.default_rng(5).permutation(TYPES)
    pairs = [WordPair(f"s{i}", f"t{i}") for i in order[:PAIRS]]
    given = {"source_model": root / "source", "target_tokenizer": root / "cipher-tokenizer"}
    yield Transfer(**given, method=Random(), output=root / "random")
    for aligner in (Procrustes(), SelfLearning(learned_words=TYPES, patience=8)):
        folder = root / f"{aligner.method}-map"
        with new_artifact(folder, "alignment", facts=AlignmentFacts()) as staging:
            align(*sides, pairs, aligner).save(staging)
        yield Transfer(
            **given, method=Wechsel(), output=root / aligner.method, source_vectors=root / "s",
            target_vectors=[root / "t"], alignments=[folder],
        )  # fmt: skip


@pytest.mark.slow
def test_a_better_map_makes_a_better_start(losses: Losses) -> None:
    """The order of the maps is that of the losses, before training and after 200 steps.

    Five draws of the 25 pairs put Procrustes .10 to .41 nats behind self-learning at step 0, and
    .018 to .046 after 200 steps. Training makes up for most of a bad map, so the margin there is
    small.
    """
    for step, margin in ((0, 0.05), (1, 0.005)):
        oracle, best, procrustes, random = (losses[name][step] for name in ORDER)
        assert oracle <= best < procrustes - margin
        assert procrustes < random - 1


@pytest.mark.slow
def test_the_oracle_loses_nothing(losses: Losses) -> None:
    """The cipher text is the plain text, so permuted rows are as good as the trained model.

    Only the masks are others, because they are drawn from the ids of the documents.
    """
    assert losses["oracle"][0] == pytest.approx(losses["source"][1], abs=0.1)
