"""Vectors that a language model teaches, from a corpus and a model to a set of vectors."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from lingraft.artifacts import new_artifact, verify
from lingraft.corpus.documents import Document, write_lines
from lingraft.errors import InputError
from lingraft.initialization.methods.ofa import Ofa
from lingraft.initialization.methods.wechsel import Wechsel
from lingraft.initialization.request import Evidence, Request
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.settings import AlignmentSettings, AnyAlignment
from lingraft.vectors.stage import align_vectors, make_vectors
from lingraft.vectors.trainers import AnyTrainer
from lingraft.vectors.trainers.trainer import Trainer
from lingraft.vectors.vectorset import VectorSet

TINY = Path(__file__).parents[3] / "data" / "tiny"
TEXTS = ["Open the window. Close the door.", "The Door is open", "the window"]
BLOCK = {"corpus": "c", "teacher": "m", "minimum_count": 2, "lowercase": True}
WAYS = [
    {"trainer": "x2static", "unit": "sentence", "epochs": 2, "negatives": 2, "batch_size": 2},
    {"trainer": "x2static", "sampling_threshold": 1.0, "learning_rate": 0.01, "seed": 1},
    {"trainer": "aggregated", "layer": 1},
    {"trainer": "aggregated", "of": "first"},
    {"trainer": "decontextualized", "maximum_length": 16},
    {"trainer": "decontextualized", "of": "first"},
]


def block(**more: object) -> Trainer:
    adapter: TypeAdapter[Trainer] = TypeAdapter(AnyTrainer)
    return adapter.validate_python({**BLOCK, **more})


@pytest.fixture
def make(tmp_path: Path, tiny_teacher: Path) -> Callable[..., Path]:
    def run(texts: list[str] = TEXTS, language: str = "eng_Latn", **more: object) -> Path:
        corpus, output = tmp_path / language, tmp_path / f"{language}-vectors"
        with new_artifact(corpus, "corpus", facts={"language": language}) as folder:
            documents = (Document(str(n), text) for n, text in enumerate(texts))
            write_lines(folder / "train.jsonl.zst", documents)
        given = VectorInputs(corpora={"c": corpus}, models={"m": tiny_teacher})
        make_vectors(block(**more), given, output)
        return output

    return run


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(map(str, way.values())))
def test_each_way_makes_a_set(make: Callable[..., Path], way: dict[str, object]) -> None:
    folder = make(**way)
    assert set(verify(folder, "vectors").inputs) == {"corpora/c", "models/m"}
    found = VectorSet.load(folder)
    assert found.words == ["the", "door", "open", "window"]
    assert found.counts_W is not None and found.counts_W.tolist() == [4, 2, 2, 2]
    assert found.dimension == 32 and found.lowercase and found.language == "eng_Latn"
    assert np.isfinite(found.vectors_WE).all() and found.vectors_WE.any(axis=1).all()


def test_too_little_text_is_named(make: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="no word occurs minimum_count = 2 times"):
        make(["one two three"], trainer="aggregated")
    with pytest.raises(InputError, match="no words"):
        make(["..."], trainer="x2static")


def test_a_teacher_of_another_language_is_refused() -> None:
    sections = {
        "corpora": {"c": SimpleNamespace(language="swh_Latn", texts=[SimpleNamespace(source="a")])},
        "models": {name: SimpleNamespace(language=name) for name in ("eng_Latn", "swh_Latn")},
    }
    sections["models"]["many"] = SimpleNamespace(language=None)

    def misfit(teacher: str, **options: object) -> str | None:
        return block(trainer="x2static", teacher=teacher, **options).misfit(sections)

    assert misfit("swh_Latn") is None and misfit("many") is None
    assert str(misfit("eng_Latn")).startswith(
        "teacher: eng_Latn is a model of eng_Latn, but c is swh_Latn; name a model of swh_Latn"
    )
    assert misfit("many", only=["b"]) == "only: 'b' is not in corpora.c.texts; known: a"


def test_vectors_of_one_teacher_initialize_without_a_map(
    make: Callable[..., Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    """No subword model: pieces of words have the means of words; nothing is moved."""
    texts = {name: lines_of(name) for name in ("english", "swahili")}
    way = {"trainer": "x2static", "sampling_threshold": 1.0, "minimum_count": 1, "lowercase": False}
    source = make(texts["english"], "eng_Latn", **way)
    target = make(texts["swahili"], "swh_Latn", **way)
    with new_artifact(tmp_path / "d", "download") as folder:
        name = "dictionary-english-swahili.tsv"
        (folder / name).write_text((TINY / name).read_text("utf-8"), "utf-8")
    settings: dict[str, Any] = {
        "source": "e", "target": "s", "method": "identity", "folds": 2,
        "dictionaries": [{"format": "tsv", "source": "d", "path": name}],
    }  # fmt: skip
    adapter: TypeAdapter[AlignmentSettings] = TypeAdapter(AnyAlignment)
    output = tmp_path / "alignment"
    align_vectors(
        adapter.validate_python(settings), source, target, {"d": tmp_path / "d"}, {}, output
    )
    table = TokenTable(load_tokenizer(tiny_teacher))
    evidence = Evidence(
        source_vectors=VectorSet.load(source),
        target_vectors=[VectorSet.load(target)],
        alignments=[Alignment.load(output)],
    )
    embeddings_SD = np.random.default_rng(0).standard_normal((len(table), 8), np.float32)
    request = Request(
        table, TokenTable(pieces_of(texts["swahili"])), embeddings_SD, evidence=evidence
    )
    ordinary_T = ~request.target.special_T
    for method in (Wechsel(), Ofa(width=4)):
        weights = method.weights(request)
        has_row_T = np.diff(weights.matrix_TS.tocsr().indptr) > 0
        assert has_row_T[ordinary_T].mean() > 0.9, method.method


def lines_of(name: str) -> list[str]:
    lines = (TINY / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def pieces_of(texts: list[str]) -> PreTrainedTokenizerFast:
    """A unigram vocabulary of pieces of words."""
    roles = {"unk": "<unk>", "pad": "<pad>", "cls": "<s>", "sep": "</s>", "mask": "<mask>"}
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=150, special_tokens=list(roles.values()), unk_token="<unk>", show_progress=False
    )  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    names = {f"{role}_token": token for role, token in roles.items()}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
