"""A toy world: two languages with tokenizers of any kind and every sort of evidence about them."""

import functools
import json
import random
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args, get_origin

import numpy as np
import pytest
import torch
import yaml
from pydantic import TypeAdapter
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from lingraft.corpus.documents import Document, Pair, write_lines
from lingraft.initialization.fill import standard_normals
from lingraft.initialization.method import Method
from lingraft.initialization.methods import METHODS, Initialization
from lingraft.initialization.request import Evidence, Request
from lingraft.initialization.weights import GeneratedRows
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.vectorset import VectorSet

DIMENSIONS = 24
SPACE = 10
ENGLISH_STYLE = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA_STYLE = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
ROLES = {
    "wordpiece": {
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    },
    "other": {
        "bos_token": "<s>",
        "cls_token": "<s>",
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
    },
}

# What a method needs on a toy corpus instead of its defaults, which are for real ones.
TOY_OPTIONS = {
    "focus": {"minimum_count": 1, "epochs": 1, "dimension": 8},
    "tokalign": {"dimension": 8, "iterations": 2, "minimum_count": 1},
    "tokensurgeon": {"atoms": 8},
    "generated": {"generator": "toy"},
    "byte-words": {"generator": "toy"},
}


ADAPTER = TypeAdapter(Initialization)


def settings_of(case, **options):
    """Validated settings for the toy world of a method, or of a case: `wechsel auxiliary=word`."""
    method, *changes = case.split()
    given = {key: yaml.safe_load(value) for key, _, value in (c.partition("=") for c in changes)}
    toy = TOY_OPTIONS.get(method, {})
    return ADAPTER.validate_python({"method": method, **toy, **given, **options})


def cases():
    """Every method, and every method with each other value of each of its own choices."""
    found = sorted(METHODS)
    for method in sorted(METHODS):
        for name, field in type(settings_of(method)).model_fields.items():
            is_choice = field.annotation is bool or get_origin(field.annotation) is Literal
            if name == "method" or name in Method.model_fields or not is_choice:
                continue
            values = (True, False) if field.annotation is bool else get_args(field.annotation)
            found += [f"{method} {name}={value}" for value in values if value != field.default]
    return found


class ToyGenerator:
    """Rows that follow from a token's text alone, of the shapes that a request has."""

    name = "toy"

    @property
    def account(self):
        return {"name": "toy", "method": "toy", "quality": {"verdict": "better"}}

    def generate(self, request, rows_N, width):
        texts = [request.target.texts[row] for row in rows_N]
        kept_N = rows_N[np.array([bool(text) for text in texts], bool)]
        size = width or request.embeddings_SD.shape[1]
        sizes = {"embeddings": size, "output": request.embeddings_SD.shape[1]}
        made = [standard_normals([t for t in texts if t], n, 0) for n in sizes.values()]
        values = dict(zip(sizes, made, strict=True)) | {"bias": made[0][:, 0]}
        return GeneratedRows(kept_N, values)


@dataclass(frozen=True)
class Languages:
    source_words: list
    target_words: list
    source_texts: list
    target_texts: list


def make_languages(seed):
    generator = random.Random(seed)
    letters, others = "abcdefgorstuw", "abdefijkmnéшу"
    shared = ["42", "7", "ok", "radio", "Web"]

    def words(alphabet):
        lengths = [generator.randint(2, 7) for _ in range(50)]
        return sorted({"".join(generator.choices(alphabet, k=length)) for length in lengths})

    source, target = [*words(letters), *shared], [*words(others), *shared]
    pairs = list(zip(source, target, strict=False))
    rows = [generator.choices(pairs, k=6) for _ in range(120)]
    source_texts = [" ".join(pair[0] for pair in row) + "." for row in rows]
    target_texts = [" ".join(pair[1] for pair in row) + "." for row in rows]
    return Languages(source, target, source_texts, target_texts)


@functools.lru_cache(maxsize=64)
def make_tokenizer(kind, texts, size=140):
    """A tokenizer of one of the three kinds, trained on some texts."""
    special = ENGLISH_STYLE if kind == "wordpiece" else ROBERTA_STYLE
    if kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece()
        trainer = trainers.WordPieceTrainer(
            vocab_size=size, special_tokens=special, show_progress=False
        )
    elif kind == "bytes":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=size + 256,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.NFKC()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False
        )
    tokenizer.train_from_iterator(texts, trainer)
    roles = ROLES["wordpiece" if kind == "wordpiece" else "other"]
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **roles)


def permuted(tokenizer, order):
    """The same tokenizer in which old id i has the new id order[i]."""
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    model = content["model"]
    if model["type"] == "Unigram":
        inverse = np.argsort(order)
        model["vocab"] = [model["vocab"][old] for old in inverse]
        if model["unk_id"] is not None:
            model["unk_id"] = int(order[model["unk_id"]])
    else:
        model["vocab"] = {token: int(order[i]) for token, i in model["vocab"].items()}
    for token in content["added_tokens"]:
        token["id"] = int(order[token["id"]])
    content["added_tokens"].sort(key=lambda token: token["id"])
    roles = {name: str(token) for name, token in tokenizer.special_tokens_map.items()}
    backend = Tokenizer.from_str(json.dumps(content))
    return PreTrainedTokenizerFast(tokenizer_object=backend, **roles)


def vectors_of(words, seed, language):
    generator = np.random.default_rng(seed)
    counts = np.sort(generator.integers(2, 500, len(words)))[::-1].astype(np.int64)
    vectors = generator.normal(size=(len(words), SPACE)).astype(np.float32)
    return VectorSet(list(words), vectors, counts, language=language)


def make_evidence(languages, target, seed, folder):
    source_vectors = vectors_of(languages.source_words, seed, "eng_Latn")
    target_vectors = vectors_of(languages.target_words, seed + 1, "swh_Latn")
    documents = [Document(f"t/{i}", text) for i, text in enumerate(languages.target_texts)]
    pairs = [
        Pair(f"t/{i}", *texts)
        for i, texts in enumerate(zip(languages.source_texts, languages.target_texts, strict=True))
    ]
    write_lines(folder / "train.jsonl.zst", documents)
    write_lines(folder / "parallel.jsonl.zst", pairs)
    entries = zip(languages.source_words, languages.target_words, strict=False)
    dictionary = folder / "dictionary.tsv"
    dictionary.write_text("".join(f"{a}\t{b}\n" for a, b in entries), "utf-8")
    identity = Alignment(np.eye(SPACE), np.eye(SPACE), np.zeros(SPACE), np.zeros(SPACE))
    tokens = [token for token in target.get_vocab() if " " not in token]
    generator = np.random.default_rng(seed + 2)
    kept = sorted(token for token in tokens if generator.random() < 0.9)
    return Evidence(
        source_vectors=source_vectors,
        target_vectors=[target_vectors],
        alignments=[identity],
        parallel=[folder],
        corpora=[folder],
        token_vectors=vectors_of(kept, seed + 3, None),
        donor=make_donor(target, seed, folder / "donor"),
        generator=ToyGenerator(),
        dictionaries=[dictionary],
    )


def turned(world, scale, seed=0):
    """The world with every auxiliary space turned by a rotation and scaled."""
    generator = np.random.default_rng(seed)

    def turn(dimensions):
        rotation = np.linalg.qr(generator.normal(size=(dimensions, dimensions)))[0]
        return (scale * rotation).astype(np.float32)

    evidence, rotation = world.evidence, turn(SPACE)
    source, target, tokens = (
        replace(vectors, vectors_WE=vectors.vectors_WE @ rotation)
        for vectors in (evidence.source_vectors, evidence.target_vectors[0], evidence.token_vectors)
    )
    folder = Path(tempfile.mkdtemp(dir=WORLDS.name)) / "donor"
    shutil.copytree(evidence.donor, folder)
    donor = BertForMaskedLM.from_pretrained(folder)
    rows = donor.get_input_embeddings().weight
    rows.data = rows.detach() @ torch.from_numpy(turn(rows.shape[1]))
    donor.save_pretrained(folder)
    changes = {"source_vectors": source, "target_vectors": [target], "token_vectors": tokens}
    return replace(world, evidence=replace(evidence, donor=folder, **changes))


def make_donor(tokenizer, seed, folder):
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=1,
        intermediate_size=16, max_position_embeddings=16,
    )  # fmt: skip
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


WORLDS = tempfile.TemporaryDirectory(prefix="lingraft-worlds-")  # removed when the tests end


@functools.lru_cache(maxsize=32)
def make_world(seed=0, source_kind="wordpiece", target_kind="metaspace", same=False):
    """A request with everything any method may need.

    Args:
        same: the target has the source's tokenizer and language.
    """
    languages = make_languages(seed)
    source = make_tokenizer(source_kind, tuple(languages.source_texts))
    target = source if same else make_tokenizer(target_kind, tuple(languages.target_texts))
    folder = Path(tempfile.mkdtemp(dir=WORLDS.name))
    generator = np.random.default_rng(seed)
    rows = len(source) + 3  # padded
    return Request(
        TokenTable(source),
        TokenTable(target),
        generator.normal(0.1, 0.5, (rows, DIMENSIONS)).astype(np.float32),
        generator.normal(0.0, 0.3, (rows, DIMENSIONS)).astype(np.float32),
        generator.normal(-1.0, 0.2, rows).astype(np.float32),
        make_evidence(languages, target, seed, folder),
        seed,
    )


@pytest.fixture(scope="session")
def toy():
    """The toy world's functions, for tests in this folder."""

    class Toy:
        settings = staticmethod(settings_of)
        world = staticmethod(make_world)
        tokenizer = staticmethod(make_tokenizer)
        permuted = staticmethod(permuted)
        turned = staticmethod(turned)
        languages = staticmethod(make_languages)

    return Toy


def pytest_generate_tests(metafunc):
    given = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    for name, values in (("method", sorted(METHODS)), ("case", cases())):
        if name in metafunc.fixturenames and not any(name in names for names in given):
            metafunc.parametrize(name, values)
