"""Vectors, and the words of dictionaries that meet them, are written alike."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.shifted_normalizer import Shift, declare

from lingraft.artifacts import VectorsFacts, new_artifact, open_artifact
from lingraft.corpus.documents import Document, write_lines
from lingraft.corpus.normalizing import NormalizerMark, mark_of
from lingraft.errors import InputError
from lingraft.vectors.dictionaries.dictionary import DictionaryInputs
from lingraft.vectors.dictionaries.tsv import TsvDictionary
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.lexicon import read_dictionaries
from lingraft.vectors.stage import make_vectors
from lingraft.vectors.text_doors import mark_of_inputs, mark_of_vectors, text_door
from lingraft.vectors.trainers import TRAINERS
from lingraft.vectors.vectorset import VectorSet


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> NormalizerMark:
    return mark_of(declare(monkeypatch))


def _corpus(folder: Path, texts: list[str], **facts: Any) -> Path:
    with new_artifact(folder, "corpus", facts={"language": "hin_Deva", **facts}) as out:
        write_lines(out / "train.jsonl.zst", [Document(str(i), t) for i, t in enumerate(texts)])
    return folder


def test_vectors_say_how_their_text_was_written(tmp_path: Path, mark: NormalizerMark) -> None:
    texts = [Shift().normalize(f"{a} {b}") for a in "कखगघ" for b in "पफबभ"] * 5
    corpus = _corpus(tmp_path / "hindi", texts, normalizer=mark)
    settings = TRAINERS["ppmi-svd"].model_validate(
        {"trainer": "ppmi-svd", "corpus": "hindi", "dimension": 2, "minimum_count": 1}
    )
    make_vectors(settings, VectorInputs(corpora={"hindi": corpus}), tmp_path / "vectors")
    assert open_artifact(tmp_path / "vectors", VectorsFacts).facts.normalizer == mark
    assert mark_of_vectors(tmp_path / "vectors") == mark
    vectors = VectorSet.load(tmp_path / "vectors")
    door = text_door(vectors, tmp_path / "vectors")
    assert door is not None and door("क") in vectors.index


def test_other_inputs_are_refused(tmp_path: Path, mark: NormalizerMark) -> None:
    shifted = open_artifact(_corpus(tmp_path / "shifted", ["Đ"], normalizer=mark))
    plain = open_artifact(_corpus(tmp_path / "plain", ["क"]))
    assert mark_of_inputs({"plain": plain}) == {} and mark_of_inputs({"one": shifted}) == mark
    with pytest.raises(InputError, match=r"plain \(hin_Deva\) has the normalizer none"):
        mark_of_inputs({"shifted": shifted, "plain": plain})
    with new_artifact(tmp_path / "model", "model") as out:
        (out / "tokenizer_config.json").write_text("{}")
    model = open_artifact(tmp_path / "model")
    with pytest.raises(InputError, match="model has the normalizer none, and shifted has shifted"):
        mark_of_inputs({"shifted": shifted, "model": model})


def test_words_of_files_are_written_as_in_the_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/pairs.tsv").write_text("page\tकख\nbook\tगघ\n", "utf-8")
    source = VectorSet(["page", "book"], np.eye(2, dtype=np.float32), language="eng_Latn")
    words = [Shift().normalize(word) for word in ("कख", "गघ")]
    target = VectorSet(words, np.eye(2, dtype=np.float32), language="hin_Deva")
    dictionary = TsvDictionary(format="tsv", source="pairs", path="pairs.tsv")
    inputs = DictionaryInputs(
        source, target, {"pairs": tmp_path}, target_door=lambda word: Shift().normalize(word)
    )
    pairs = read_dictionaries([dictionary], inputs)
    assert [(pair.source, pair.target) for pair in pairs] == list(
        zip(("page", "book"), words, strict=True)
    )
