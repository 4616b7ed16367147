"""A cut fastText model is never used, and never kept: classifiers and vectors, quantized or not."""

import errno
import resource
from pathlib import Path

import fasttext
import pytest

from lingraft.corpus.fasttext_files import SUPERVISED, check_fasttext
from lingraft.corpus.identification import LanguageIdentifier
from lingraft.corpus.settings import Identification
from lingraft.errors import InputError
from lingraft.vectors import fasttext_model

WORDS = [f"word{n % 50} other{n % 31} thing{n % 17}" for n in range(600)]
OPTIONS = {"dim": 8, "epoch": 1, "bucket": 500, "minn": 2, "maxn": 3, "thread": 1, "verbose": 0}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of each kind."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "words.txt").write_text("\n".join(WORDS))
    labelled = (f"__label__{'ab'[n % 2]} {line}" for n, line in enumerate(WORDS))
    (folder / "labels.txt").write_text("\n".join(labelled))
    for loss in ("softmax", "hs"):
        model = fasttext.train_supervised(str(folder / "labels.txt"), loss=loss, **OPTIONS)
        model.save_model(str(folder / f"{loss}.bin"))
    for name, options in {
        "plain": {},
        "norms": {"qnorm": True},
        "pruned": {"cutoff": 300, "retrain": True, "input": str(folder / "labels.txt")},
    }.items():
        model = fasttext.load_model(str(folder / "softmax.bin"))
        model.quantize(**options)
        model.save_model(str(folder / f"{name}.ftz"))
    for name, longest in (("vectors", 3), ("words", 0)):
        options = {**OPTIONS, "maxn": longest, "minn": min(longest, 2), "minCount": 1}
        model = fasttext.train_unsupervised(str(folder / "words.txt"), **options)
        model.save_model(str(folder / f"{name}.bin"))
    return folder


CLASSIFIERS = ["softmax.bin", "hs.bin", "plain.ftz", "norms.ftz", "pruned.ftz"]


@pytest.mark.parametrize("name", [*CLASSIFIERS, "vectors.bin", "words.bin"])
def test_whole_models_alone_are_accepted(models: Path, tmp_path: Path, name: str) -> None:
    header = check_fasttext(models / name)
    assert (header.model == SUPERVISED) == (name in CLASSIFIERS)
    whole = (models / name).read_bytes()
    cut = tmp_path / "model.bin"
    sizes = [*range(1, len(whole), max(1, len(whole) // 40)), len(whole) - 1]
    for content in (*(whole[:size] for size in sizes), whole + b"x", b""):
        cut.write_bytes(content)
        with pytest.raises(InputError, match=r"truncated or damaged|is not a fastText model"):
            check_fasttext(cut)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_cut_model_of_languages_is_refused(models: Path, tmp_path: Path, name: str) -> None:
    settings = Identification(source="s", file="model.*", labels=("a",))
    path = tmp_path / "model.bin"
    path.write_bytes((models / name).read_bytes())
    identifier = LanguageIdentifier.load(settings, "swh_Latn", tmp_path)
    assert isinstance(identifier.accepts("word1 other2"), bool)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="truncated or damaged"):
        LanguageIdentifier.load(settings, "swh_Latn", tmp_path)


def test_the_other_kind_of_model_is_named(models: Path) -> None:
    with pytest.raises(InputError, match="has word vectors; a model that identifies languages"):
        LanguageIdentifier.load(Identification(source="s", file="words.bin"), "swh_Latn", models)
    with pytest.raises(InputError, match="is a supervised fastText model"):
        fasttext_model.load(models / "softmax.bin")


def test_a_disk_that_takes_a_part_is_an_error(models: Path, tmp_path: Path) -> None:
    model = fasttext_model.load(models / "vectors.bin")
    path = tmp_path / "model.bin"
    fasttext_model.save(model, path)
    assert path.read_bytes() == (models / "vectors.bin").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        for written in (model, fasttext_model.StoredModel(models / "vectors.bin")):
            with pytest.raises(OSError, match="model") as error:
                fasttext_model.save(written, path)
            assert error.value.errno in (errno.ENOSPC, errno.EFBIG)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
