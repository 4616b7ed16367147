"""Terms in training, from every kind of finder; dictionaries look them up."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from lingraft.artifacts import new_artifact
from lingraft.corpus.documents import Document, write_lines
from lingraft.errors import InputError
from lingraft.vectors.correspondences import correspond
from lingraft.vectors.dictionaries.dictionary import DictionaryInputs
from lingraft.vectors.dictionaries.tsv import TsvDictionary
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.lexicon import read_dictionaries
from lingraft.vectors.stage import make_vectors
from lingraft.vectors.trainers import AnyTrainer
from lingraft.vectors.vectorset import VectorSet

TEXT = "We ate a Hot dog in new york.\nShe saw one large hot dog by new york!"
TERMS = [
    {"method": "list", "source": "d", "path": "terms.txt"},
    {"method": "ontology", "graph": {"format": "tsv", "source": "d", "path": "g.tsv"}},
    {"method": "npmi", "minimum_count": 2, "threshold": 0.9, "longest": 2},
    {"method": "c-value", "minimum_count": 2, "threshold": 15, "stop_words": 0, "longest": 2},
]


@pytest.fixture
def given(tmp_path: Path) -> VectorInputs:
    with new_artifact(tmp_path / "c", "corpus", facts={"language": "eng_Latn"}) as folder:
        write_lines(folder / "train.jsonl.zst", [Document(str(i), TEXT) for i in range(10)])
    with new_artifact(tmp_path / "d", "download") as folder:
        (folder / "files").mkdir()
        (folder / "files" / "terms.txt").write_text("Hot dog\tfood\nsingle\nNew York\n")
        (folder / "files" / "g.tsv").write_text("hot dog\tfood\nnew york\tcity\n")
        (folder / "files" / "d.tsv").write_text("Hot Dog\tmbwa moto\nlarge\tkubwa\n")
    return VectorInputs({"d": tmp_path / "d"}, {"c": tmp_path / "c"})


def make(given: VectorInputs, output: Path, **settings: Any) -> VectorSet:
    adapter: TypeAdapter[Any] = TypeAdapter(AnyTrainer)
    options = {"corpus": "c", "dimension": 4, "minimum_count": 1, "buckets": 100, "epochs": 1}
    trainer = adapter.validate_python({**options, "lowercase": True, **settings})
    make_vectors(trainer, given, output)
    return VectorSet.load(output)


@pytest.mark.parametrize("terms", TERMS, ids=lambda terms: terms["method"])
def test_terms_are_words(given: VectorInputs, tmp_path: Path, terms: dict[str, Any]) -> None:
    vectors = make(given, tmp_path / "vectors", terms=terms)
    assert {"hot dog", "new york"} <= set(vectors.words)
    counts = dict(zip(vectors.words, vectors.counts_W, strict=True))
    assert counts["hot dog"] == 20 and counts["new york"] == 20
    assert vectors.vectors_of(["Hot dog"]).any() and vectors.vectors_of(["hot dogs"]).any()


def test_dictionaries_look_terms_up(given: VectorInputs, tmp_path: Path) -> None:
    vectors = make(given, tmp_path / "vectors", terms=TERMS[0])
    other = make(given, tmp_path / "plain")
    assert "hot dog" not in other.words
    dictionary = TsvDictionary(format="tsv", source="d", path="d.tsv")
    inputs = DictionaryInputs(vectors, vectors, {"d": tmp_path / "d"})
    # The target side has no such term, so the pair does not count.
    with pytest.raises(InputError, match="shares no word pair"):
        read_dictionaries([dictionary], inputs)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "d.tsv").write_text("Hot Dog\tNew york\n")
    inputs = DictionaryInputs(vectors, vectors, {"d": tmp_path / "own"})
    pairs = read_dictionaries([dictionary], inputs)
    assert [(pair.source, pair.target) for pair in pairs] == [("hot dog", "new york")]
    matches = correspond(pairs, vectors, vectors)
    assert vectors.words[matches.source_P[0]] == "hot dog"


def test_trainers_with_a_development_set_have_terms_too(
    given: VectorInputs, tmp_path: Path
) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(AnyTrainer)
    options = {"corpus": "c", "dimension": 4, "minimum_count": 1, "epochs": 1}
    trainer = adapter.validate_python(
        {"trainer": "glove", "lowercase": True, "terms": TERMS[0], **options}
    )
    make_vectors(trainer, given, tmp_path / "vectors")
    assert "new york" in VectorSet.load(tmp_path / "vectors").words
