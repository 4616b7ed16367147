"""A source model whose rows follow from the letters of its tokens, and word vectors like them."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from lingraft.artifacts import CorpusFacts, new_artifact, open_artifact
from lingraft.corpus.documents import Document, write_lines
from lingraft.initialization.generation.stage import GeneratorInputs
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.vectorset import VectorSet

WIDTH = 12
SMALL = {
    "hypernetwork": {"hidden": 16, "heads": 2, "layers": 1, "dropout": 0.0},
    "byte2word": {"hidden": 16, "heads": 2, "queries": 2, "dropout": 0.0},
    "hyperofa": {"vectors": "many", "hidden": 16, "dropout": 0.0},
}

# Lessons on text that take no time.
TEXT = {
    "corpora": ["text"], "sampled_vocabularies": 3, "vocabulary_size": 100, "characters": 3000,
    "steps": 3, "windows": 8, "sequence_length": 12,
}  # fmt: skip


def planted(text: str) -> np.ndarray:
    """A vector that follows from the letters of a text, in their order."""
    draw = np.random.default_rng(7)
    letters = draw.normal(size=(128, WIDTH))
    found = [letters[ord(letter) % 128] for letter in text.strip("▁# ")]
    shares = 0.8 ** np.arange(len(found)) if found else np.zeros(0)
    return 0.1 + sum((s * f for s, f in zip(shares, found, strict=True)), np.zeros(WIDTH))


@dataclass(frozen=True)
class Planted:
    """Folders of artifacts."""

    root: Path
    given: GeneratorInputs

    def inputs(self, **changes) -> GeneratorInputs:
        """The folders, none of them opened before."""
        return replace(self.given, opened={}, **changes)


def save_vectors(folder: Path, words: list[str], language: str | None, prefix: str = "") -> None:
    vectors = np.array([planted(word) for word in words], np.float32)
    with new_artifact(folder, "vectors") as staging:
        VectorSet([prefix + word for word in words], vectors, language=language).save(staging)


def save_alignment(folder: Path, source: Path, target: Path) -> None:
    sides = {"source": source, "target": target}
    with new_artifact(
        folder,
        "alignment",
        settings={side: path.name for side, path in sides.items()},
        inputs={side: open_artifact(path) for side, path in sides.items()},
    ) as staging:
        zeros = np.zeros(WIDTH)
        Alignment(np.eye(WIDTH), np.eye(WIDTH), zeros, zeros).save(staging)


def save_corpus(folder: Path, words: list[str], language: str) -> None:
    """Sentences in which each word is followed by one of two others."""
    draw = np.random.default_rng(3)

    def sentence() -> str:
        number, found = int(draw.integers(len(words))), []
        for _ in range(12):
            found.append(words[number])
            number = (2 * number + int(draw.integers(2))) % len(words)
        return " ".join(found)

    with new_artifact(folder, "corpus", facts=CorpusFacts(language=language)) as staging:
        for part, count in (("train", 120), ("valid", 20)):
            documents = [Document(f"{part}-{number}", sentence()) for number in range(count)]
            write_lines(staging / f"{part}.jsonl.zst", documents)


def save_source(folder: Path, tokenizer, rows: np.ndarray) -> None:
    torch.manual_seed(0)
    model = BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=WIDTH, num_hidden_layers=1,
            num_attention_heads=1, intermediate_size=16, max_position_embeddings=16,
        )
    )  # fmt: skip
    with torch.no_grad():
        model.get_input_embeddings().weight.copy_(torch.from_numpy(rows))
        model.cls.predictions.bias.copy_(torch.from_numpy(rows[:, 0]))
    with new_artifact(folder, "model") as staging:
        model.save_pretrained(staging)
        tokenizer.save_pretrained(staging)


@pytest.fixture(scope="session")
def world_of_letters(toy, tmp_path_factory) -> Planted:
    root = tmp_path_factory.mktemp("letters")
    world, languages = toy.world(0, "wordpiece", "metaspace"), toy.languages(0)
    tokens = world.source.tokens
    rows = np.array([planted(token) for token in tokens], np.float32)
    save_source(root / "model", world.source.tokenizer, rows)
    save_source(root / "other-model", world.source.tokenizer, rows + 1)
    world.target.tokenizer.save_pretrained(root / "tokenizer")
    english, swahili = languages.source_words, languages.target_words
    save_vectors(root / "english", english, "eng_Latn")
    save_vectors(root / "swahili", swahili, "swh_Latn")
    save_corpus(root / "text", english, "eng_Latn")
    both = [f"eng:{word}" for word in english] + [f"swh:{word}" for word in swahili]
    vectors = np.array([planted(word[4:]) for word in both], np.float32)
    with new_artifact(root / "many", "vectors") as staging:
        VectorSet(both, vectors).save(staging)
    save_alignment(root / "pair", root / "english", root / "swahili")
    save_alignment(root / "turned", root / "swahili", root / "english")
    names = ("english", "swahili", "many")
    given = GeneratorInputs(
        models={"bert": root / "model"},
        vectors={name: root / name for name in names},
        alignments={name: root / name for name in ("pair", "turned")},
        corpora={"text": root / "text"},
    )
    return Planted(root, given)
