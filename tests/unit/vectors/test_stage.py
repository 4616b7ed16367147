"""The stages on a small cipher: the target language is English with its letters exchanged."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from lingraft.artifacts import new_artifact, read_manifest, verify
from lingraft.corpus.documents import Document, Pair, write_lines
from lingraft.errors import ArtifactError, InputError
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.settings import AlignmentSettings, AnyAlignment
from lingraft.vectors.stage import align_vectors, make_vectors
from lingraft.vectors.trainers import AnyTrainer
from lingraft.vectors.trainers.trainer import Trainer
from lingraft.vectors.vectorset import VectorSet

CIPHER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
VECTORS = {
    "corpus": "c",
    "dimension": 16,
    "minimum_count": 2,
    "buckets": 1000,
    "epochs": 5,
    "sampling_threshold": 1.0,  # of 90 words, each is frequent
}


def vectors(settings: dict[str, object]) -> Trainer:
    adapter: TypeAdapter[Trainer] = TypeAdapter(AnyTrainer)
    return adapter.validate_python(settings)


def alignment(settings: dict[str, object]) -> AlignmentSettings:
    adapter: TypeAdapter[AlignmentSettings] = TypeAdapter(AnyAlignment)
    return adapter.validate_python(settings)


def sentences(count: int = 2000) -> list[str]:
    """Sentences over 90 words on a ring, each of words that are near one another."""
    generator = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = np.array(["".join(generator.choice(letters, 5)) for _ in range(90)])
    centers = generator.integers(0, 90, count)
    offsets = np.rint(generator.normal(0, 3, (count, 10))).astype(int)
    return [" ".join(row) for row in words[(centers[:, None] + offsets) % 90]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Corpora and a dictionary as the stages before this one would leave them."""
    root = tmp_path_factory.mktemp("stages")
    texts = sentences()
    for name, language, turned in (("en", "eng_Latn", False), ("xx", "swh_Latn", True)):
        own = [text.translate(CIPHER) if turned else text for text in texts]
        with new_artifact(root / name, "corpus", facts={"language": language}) as folder:
            documents = (Document(str(i), text) for i, text in enumerate(own))
            write_lines(folder / "train.jsonl.zst", documents)
            pairs = (Pair(str(i), a, b) for i, (a, b) in enumerate(zip(texts, own, strict=True)))
            write_lines(folder / "parallel.jsonl.zst", pairs)
    words = sorted({word for text in texts for word in text.split()})
    with new_artifact(root / "dictionary", "download") as folder:
        (folder / "files").mkdir()
        lines = "".join(f"{word}\t{word.translate(CIPHER)}\n" for word in words)
        (folder / "files" / "d.tsv").write_text(lines)
        (folder / "files" / "foreign.tsv").write_text("1x\t2x\nabsent\tabsent\n")
    for name in ("en", "xx"):
        given = VectorInputs(corpora={"c": root / name})
        make_vectors(vectors(VECTORS), given, root / f"{name}-vectors")
    return root


@pytest.fixture
def run_align(folders: Path, tmp_path: Path) -> Callable[..., Path]:
    def run(dictionaries: list[dict[str, object]], **more: object) -> Path:
        settings = {"source": "en", "target": "xx", "dictionaries": dictionaries, **more}
        align_vectors(
            alignment(settings),
            folders / "en-vectors",
            folders / "xx-vectors",
            {"d": folders / "dictionary"},
            {"xx": folders / "xx"},
            tmp_path / "alignment",
            tmp_path / "state",
        )
        return tmp_path / "alignment"

    return run


def test_vectors_are_an_artifact_that_says_what_made_it(folders: Path) -> None:
    manifest = verify(folders / "en-vectors", "vectors")
    assert manifest.settings == VECTORS and set(manifest.inputs) == {"corpora/c"}
    assert {"vectors.npy", "vocab.txt", "counts.npy", "meta.json", "model.bin"} <= set(
        manifest.files
    )
    vectors = VectorSet.load(folders / "en-vectors")
    assert vectors.language == "eng_Latn" and vectors.dimension == 16 and len(vectors) == 90


def test_same_settings_give_the_same_files(folders: Path, tmp_path: Path) -> None:
    given = VectorInputs(corpora={"c": folders / "en"})
    make_vectors(vectors(VECTORS), given, tmp_path / "again")
    assert read_manifest(tmp_path / "again").digest == read_manifest(folders / "en-vectors").digest


def test_cipher_is_aligned_and_measured(run_align: Callable[..., Path]) -> None:
    folder = run_align([{"format": "tsv", "source": "d", "path": "d.tsv"}])
    verify(folder, "alignment")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["pairs"]["given"] == metrics["pairs"]["in_vocabulary"] == 90
    assert metrics["rank"] == metrics["dimension"] == 16
    assert metrics["precision"]["csls"]["p_at_10_covered"] > 0.8
    assert metrics["mean_cosine"]["pairs"] > metrics["mean_cosine"]["random"] + 0.5
    assert metrics["warnings"] == [] and "final map is fitted on all pairs" in metrics["protocol"]
    rows = [line.split("\t") for line in (folder / "predictions.tsv").read_text().splitlines()]
    assert rows[0][:2] == ["source", "gold"] and len(rows) == 91
    assert len((folder / "dictionary.tsv").read_text().splitlines()) == 91
    assert len((folder / "induced.tsv").read_text().splitlines()) == 90 * 5 + 1
    assert Alignment.load(folder).rank == 16


def test_dimensions_that_are_anchors_are_named(run_align: Callable[..., Path]) -> None:
    dictionary = {"format": "tsv", "source": "d", "path": "d.tsv"}
    folder = run_align([dictionary], method="anchors", anchors=40, centered=False)
    rows = [line.split("\t") for line in (folder / "anchors.tsv").read_text().splitlines()]
    assert rows[0] == ["dimension", "source", "target"] and len(rows) == 41
    assert all(source.translate(CIPHER) == target for _, source, target in rows[1:])
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["dimension"] == 40 and metrics["rank"] == 16 and metrics["warnings"] == []
    assert Alignment.load(folder).source_map_EK.shape == (16, 40)


def test_alignments_of_one_source_are_fitted_jointly(
    run_align: Callable[..., Path], folders: Path, tmp_path: Path
) -> None:
    dictionary = {"format": "tsv", "source": "d", "path": "d.tsv"}
    other = run_align([dictionary]).rename(tmp_path / "other")
    block = {"method": "hyperalignment", "jointly": ["other"], "rounds": 2}
    settings = {"source": "en", "target": "xx", "dictionaries": [dictionary], **block}
    paths = folders / "en-vectors", folders / "xx-vectors", {"d": folders / "dictionary"}, {}
    given = {"other": other}, {"other": folders / "xx-vectors"}
    joint = VectorInputs(alignments=given[0], vectors=given[1])
    align_vectors(alignment(settings), *paths, tmp_path / "joint", joint=joint)
    manifest = verify(tmp_path / "joint", "alignment")
    assert {"alignments/other", "vectors/other"} <= set(manifest.inputs)
    metrics = json.loads((tmp_path / "joint" / "metrics.json").read_text())
    assert metrics["fit"]["languages"] == 3 and metrics["fit"]["concepts"] == 90
    assert metrics["precision"]["csls"]["p_at_10_covered"] > 0.8
    with pytest.raises(InputError, match="give it by `alignments=other=DIR`"):
        align_vectors(alignment(settings), *paths, tmp_path / "alone")
    (other / "dictionary.tsv").write_text("source\ttarget\tweight\torigin\n")
    with pytest.raises(ArtifactError, match=r"dictionary\.tsv"):
        align_vectors(alignment(settings), *paths, tmp_path / "alone", joint=joint)


def test_parallel_text_alone_aligns_too(run_align: Callable[..., Path]) -> None:
    dictionary = {"format": "parallel", "corpus": "xx", "extract": "co-occurrence"}
    metrics = json.loads((run_align([dictionary]) / "metrics.json").read_text())
    assert metrics["pairs"]["in_vocabulary"] > 60
    assert metrics["precision"]["csls"]["p_at_10_covered"] > 0.8


def test_self_learning_leaves_no_state_behind(run_align: Callable[..., Path]) -> None:
    dictionary = {"format": "tsv", "source": "d", "path": "d.tsv"}
    folder = run_align([dictionary], method="auto", patience=2, folds=2)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["fit"]["start"] == "dictionary" and metrics["fit"]["start_pairs"] == 90
    assert "90 usable pairs are fewer than 2000" in metrics["fit"]["why"]
    assert metrics["pairs"]["used"] == 180 and metrics["unsupervised_criterion"] > 0
    assert [path.name for path in folder.parent.iterdir()] == ["alignment"]


def test_weak_alignment_warns(run_align: Callable[..., Path], folders: Path) -> None:
    words = VectorSet.load(folders / "en-vectors").words[:20]
    wrong = "".join(
        f"{a}\t{b.translate(CIPHER)}\n" for a, b in zip(words, words[::-1], strict=True)
    )
    with new_artifact(folders / "wrong", "download") as folder:
        (folder / "d.tsv").write_text(wrong)
    settings = {
        "source": "en",
        "target": "xx",
        "dictionaries": [{"format": "tsv", "source": "d", "path": "d.tsv"}],
        "minimum_precision": 0.9,
    }
    paths = folders / "en-vectors", folders / "xx-vectors", {"d": folders / "wrong"}, {}
    align_vectors(alignment(settings), *paths, folders / "weak")
    warnings = json.loads((folders / "weak" / "metrics.json").read_text())["warnings"]
    assert "only 20 pairs are in both vocabularies" in warnings[0]
    assert "held-out P@1" in warnings[1]


def test_useless_dictionary_leaves_nothing_behind(
    run_align: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"shares no word pair with the vectors of eng_Latn"):
        run_align([{"format": "tsv", "source": "d", "path": "foreign.tsv"}])
    assert list(tmp_path.iterdir()) == []


def test_missing_and_wrong_inputs_are_named(folders: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="need 'c'; give it by `corpora=c=DIR`"):
        make_vectors(vectors(VECTORS), VectorInputs(), tmp_path / "v")
    wrong = VectorInputs(corpora={"c": folders / "dictionary"})
    with pytest.raises(InputError, match="is a download, but a corpus"):
        make_vectors(vectors(VECTORS), wrong, tmp_path / "v")


def test_pretrained_vectors_come_from_a_download(tmp_path: Path) -> None:
    with new_artifact(tmp_path / "d", "download") as folder:
        (folder / "files").mkdir()
        (folder / "files" / "v.vec").write_text("2 2\nmoja 1 2\nmbili 3 4\n")
    settings = {"trainer": "pretrained", "source": "d", "path": "v.vec", "language": "swh_Latn"}
    with pytest.raises(InputError, match="`downloads=d=DIR`"):
        make_vectors(vectors(settings), VectorInputs(), tmp_path / "v")
    given = VectorInputs(downloads={"d": tmp_path / "d"})
    make_vectors(vectors({**settings, "maximum_words": 1}), given, tmp_path / "v")
    found = VectorSet.load(tmp_path / "v")
    assert found.words == ["moja"] and found.language == "swh_Latn"


def test_programs_run_by_hand(folders: Path, tmp_path: Path) -> None:
    scripts = Path(__file__).parents[3] / "scripts"
    train = [sys.executable, str(scripts / "train_vectors.py"), "--settings", json.dumps(VECTORS)]
    output = ["--corpora", f"c={folders / 'en'}", "--output", str(tmp_path / "v")]
    subprocess.run([*train, *output], check=True, capture_output=True)
    wrong = [train[0], train[1], "--settings", json.dumps({"corpus": "c", "dimensoin": 5})]
    result = subprocess.run([*wrong, *output], capture_output=True, text=True)
    assert result.returncode == 2 and "vectors.dimensoin is not a key here" in result.stderr
    assert len(VectorSet.load(tmp_path / "v")) == 90
    bad = json.dumps({"source": "a", "target": "b", "dictionaries": [{"format": "identical"}]})
    align = [sys.executable, str(scripts / "align_vectors.py"), "--settings", bad]
    sides = ["--source-vectors", str(tmp_path / "v"), "--target-vectors", str(tmp_path / "none")]
    result = subprocess.run(
        [*align, *sides, "--output", str(tmp_path / "a")], capture_output=True, text=True
    )
    assert result.returncode == 65 and result.stderr.strip().endswith("do not exist")


def test_vectors_may_learn_from_some_sources_of_a_corpus(tmp_path: Path) -> None:
    texts = {"messages": "open the file", "manual": "cells of a sheet"}
    with new_artifact(tmp_path / "c", "corpus", facts={"language": "eng_Latn"}) as folder:
        written = (
            Document(f"{source}/{number}", text, {"source": source})
            for source, text in texts.items()
            for number in range(5)
        )
        write_lines(folder / "train.jsonl.zst", written)
    given = VectorInputs(corpora={"c": tmp_path / "c"})
    make_vectors(vectors(VECTORS | {"only": ["messages"]}), given, tmp_path / "v")
    assert set(VectorSet.load(tmp_path / "v").words) == {"open", "the", "file"}
    with pytest.raises(InputError, match=r"no text of source 'news'; it has manual, messages$"):
        make_vectors(vectors(VECTORS | {"only": ["manual", "news"]}), given, tmp_path / "w")
