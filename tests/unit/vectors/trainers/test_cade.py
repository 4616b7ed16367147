"""CADE on planted corpora: two slices of one language in which a few words change their topic."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import TypeAdapter

from lingraft.artifacts import new_artifact, read_manifest
from lingraft.corpus.documents import Document, write_lines
from lingraft.errors import InputError
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.stage import make_vectors
from lingraft.vectors.trainers import AnyTrainer
from lingraft.vectors.trainers.trainer import Trainer
from lingraft.vectors.vectorset import VectorSet

TOPICS, WORDS = 6, 10
SHIFTED = {"a0": "b0", "b0": "a0"}
COMPASS = {"trainer": "compass", "corpora": ["c1", "c2"], "dimension": 20, "epochs": 10,
           "window": 4, "negatives": 5, "sampling_threshold": 1.0, "lowercase": True}  # fmt: skip
CADE = {"trainer": "cade", "compass": "k", "epochs": 15, "seed": 1}


def block(**settings: object) -> Trainer:
    adapter: TypeAdapter[Trainer] = TypeAdapter(AnyTrainer)
    return adapter.validate_python(settings)


def sentences(shifted: bool, seed: int, count: int = 800) -> list[str]:
    """Each of ten words of one topic; in the second slice two words are used as each other."""
    generator = np.random.default_rng(seed)
    topics = generator.integers(0, TOPICS, count)
    numbers = generator.integers(0, WORDS, (count, 10))
    own = [
        [f"{'abcdef'[t]}{n}" for n in row] for t, row in zip(topics, numbers.tolist(), strict=True)
    ]
    change = SHIFTED if shifted else {}
    return [" ".join(change.get(word, word) for word in row) for row in own]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cade")
    for number, name in enumerate(("c1", "c2", "c3")):
        with new_artifact(root / name, "corpus", facts={"language": "eng_Latn"}) as folder:
            texts = ["Alien words"] if name == "c3" else [*sentences(name == "c2", number), "Only1"]
            write_lines(
                folder / "train.jsonl.zst", (Document(str(n), t) for n, t in enumerate(texts))
            )
    given = VectorInputs(corpora={name: root / name for name in ("c1", "c2", "c3")})
    make_vectors(block(**COMPASS), given, root / "k")
    return root


def slice_of(root: Path, corpus: str, **more: object) -> VectorSet:
    corpora = {name: root / name for name in ("c1", "c2", "c3")}
    given = VectorInputs(corpora=corpora, vectors={"k": root / "k"})
    output = root / f"slice-{len(list(root.iterdir()))}"
    make_vectors(block(**{**CADE, "corpus": corpus, **more}), given, output)
    assert set(read_manifest(output).inputs) == {f"corpora/{corpus}", "vectors/k"}
    return VectorSet.load(output)


def test_slices_share_a_space_in_which_shifted_words_are_found(root: Path) -> None:
    before = VectorSet.load(root / "k")
    first, second = slice_of(root, "c1"), slice_of(root, "c2", seed=2)
    after = VectorSet.load(root / "k")
    assert before.vectors_WE.tobytes() == after.vectors_WE.tobytes()
    assert before.language is None and first.language == "eng_Latn" and first.lowercase
    shared = [word for word in first.words if word in second.index]
    assert len(shared) == TOPICS * WORDS
    one, two = (unit_rows(each.vectors_of(shared)) for each in (first, second))
    cosine = dict(zip(shared, (one * two).sum(axis=1).tolist(), strict=True))
    lowest = sorted(cosine, key=cosine.__getitem__)[:2]
    stable = [cosine[word] for word in shared if word not in SHIFTED]
    assert set(lowest) == set(SHIFTED)
    assert min(stable) > 0.8 and max(cosine[word] for word in SHIFTED) < 0.7


def test_a_word_too_rare_for_the_compass_has_no_vector(root: Path) -> None:
    found = slice_of(root, "c1", epochs=1)
    assert "only1" not in found.index
    few = slice_of(root, "c1", epochs=1, minimum_count=10_000 // (TOPICS * WORDS))
    assert 0 < len(few) < len(found)


def test_what_is_no_compass_is_refused(root: Path) -> None:
    corpora = {"c1": root / "c1", "c3": root / "c3"}
    with pytest.raises(InputError, match="compass has no word of this corpus"):
        slice_of(root, "c3")
    slice_of(root, "c1", epochs=1)
    other = next(path for path in root.iterdir() if path.name.startswith("slice-"))
    given = VectorInputs(corpora=corpora, vectors={"k": other})
    with pytest.raises(InputError, match=r"not a compass; `trainer: compass` makes one"):
        make_vectors(block(**CADE, corpus="c1"), given, root / "wrong")


def test_the_frozen_matrix_is_the_same_array_afterwards() -> None:
    from lingraft.vectors.learning.compass import learn_slice
    from lingraft.vectors.learning.text import encode
    from lingraft.vectors.segmentation import segmented

    text = encode(segmented(sentences(False, 0, 50), "eng_Latn", lowercase=False), 1)
    generator = np.random.default_rng(0)
    compass_WE = generator.normal(size=(len(text.words), 4)).astype(np.float32)
    before = compass_WE.tobytes()
    settings = block(**COMPASS)
    found_WE = learn_slice(text, compass_WE, settings.sampling(2, seed=0))  # type: ignore[attr-defined]
    assert compass_WE.tobytes() == before and found_WE.shape == compass_WE.shape


def test_configurations_name_a_compass_of_the_same_corpora() -> None:
    corpora = {
        "c1": SimpleNamespace(language="eng_Latn", texts=[]),
        "c2": SimpleNamespace(language="gle_Latn"),
    }  # fmt: skip
    compass = block(**COMPASS)
    sections = {"corpora": corpora, "vectors": {"k": compass, "x": block(corpus="c1")}}
    assert compass.language_of(sections) is None
    assert block(**{**COMPASS, "corpora": ["c2"]}).language_of(sections) == "gle_Latn"

    def misfit(**more: object) -> str:
        return str(block(**{**CADE, "corpus": "c1", **more}).misfit(sections))

    assert misfit() == "None"
    assert "k has not read c9; add it to its `corpora`" in misfit(corpus="c9")
    assert "x is not a compass" in misfit(compass="x")
    assert "only: 'b' is not in corpora.c1.texts" in misfit(only=["b"])
