"""The arithmetic of evaluations: every task obeys it, and what is kept of two is never mixed."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from evaluation_samples import save_masked_model, sentences

from lingraft.config.checking import check_block
from lingraft.errors import ConfigError
from lingraft.evaluation.configuration import Evaluation
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.results import read_predictions, read_result
from lingraft.evaluation.stage import run_tasks
from lingraft.evaluation.subject import ModelSubject
from lingraft.models.arithmetic import arithmetic_of

TASKS = {
    "language_model": {"documents": 20},
    "retrieval": {"sentences": 20},
    "mteb": {"local": ["bitext"]},
}
TEXTS = sentences(30, 8)


@pytest.fixture
def subject_of(
    masked_model: Path, tmp_path: Path, make_corpus: Callable[..., Path]
) -> Callable[..., ModelSubject]:
    texts = {str(i): text for i, text in enumerate(TEXTS)}
    corpus, pivot = make_corpus("t", texts), make_corpus("p", texts)
    source = save_masked_model(tmp_path / "source", seed=5)

    def make(precision: str = "fp32", **given: Any) -> ModelSubject:
        names = {"corpora": {"swh_Latn": corpus}, "pivots": {"swh_Latn": pivot}}
        return ModelSubject(
            masked_model, source, **names, state=tmp_path / "state", precision=precision, **given
        )

    return make


def settings(**more: Any) -> Any:
    return check_block(Evaluation, TASKS | more, "evaluation")


def keys(paths: list[Path]) -> list[str]:
    return [read_result(path).key for path in paths]


def test_a_result_says_its_arithmetic(subject_of: Any, tmp_path: Path) -> None:
    for precision in ("fp32", "bf16"):
        paths = run_tasks(settings(precision=precision), subject_of(), tmp_path / precision)
        found = [read_result(path) for path in paths]
        assert {result.arithmetic for result in found} == {precision}
        assert all(("arithmetic" in result.digests) == (precision == "bf16") for result in found)


def test_fp32_is_no_part_of_a_key(subject_of: Any, tmp_path: Path) -> None:
    """Results of earlier versions, which knew no other, are kept."""
    unset = keys(run_tasks(settings(), subject_of(), tmp_path / "a"))
    assert keys(run_tasks(settings(precision="fp32"), subject_of(), tmp_path / "b")) == unset
    assert not set(unset) & set(keys(run_tasks(settings(precision="bf16"), subject_of(), tmp_path)))


@pytest.mark.parametrize("used", ["fp32", "bf16"])
def test_fast_is_known_by_what_it_was_on_the_machine(
    subject_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: str
) -> None:
    monkeypatch.setattr("lingraft.models.arithmetic.has_bf16", lambda _: used == "bf16")
    fast = keys(run_tasks(settings(precision="fast"), subject_of(), tmp_path / "a"))
    assert keys(run_tasks(settings(precision=used), subject_of(), tmp_path / "b")) == fast


def test_two_runs_are_equal(subject_of: Any, tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        subject = subject_of()
        subject.state = tmp_path / f"state of {name}"
        paths = run_tasks(settings(precision="bf16"), subject, tmp_path / name)
        items = [list(read_predictions(p.parent / read_result(p).predictions)) for p in paths]
        found.append([[read_result(path).scores for path in paths], items])
    assert found[0] == found[1]


def test_what_is_kept_of_the_source_model_is_never_mixed(subject_of: Any, tmp_path: Path) -> None:
    how = Embedding()
    exact, near = (subject_of(p).embed_pivot(TEXTS, how, "source") for p in ("fp32", "bf16"))
    assert exact.dtype == near.dtype == "float32"
    assert 0 < abs(exact - near).max() < 0.05 * abs(exact).max()
    assert len(list((tmp_path / "state/embeddings").iterdir())) == 2
    for precision, known in (("fp32", exact), ("bf16", near)):
        assert (subject_of(precision).embed_pivot(TEXTS, how, "source") == known).all()
    run_tasks(settings(precision="bf16"), subject_of(), tmp_path / "out")
    run_tasks(settings(), subject_of(), tmp_path / "out")
    assert len(list((tmp_path / "state/source_losses").iterdir())) == 2
    assert len(list((tmp_path / "state/mteb").iterdir())) == 2


def test_every_way_to_a_model_obeys(subject_of: Any) -> None:
    subject = subject_of("bf16")
    opened = [
        subject.model,
        subject.source_reader[0],
        subject.embedder._model,
        subject.query_embedder._model,
        subject.plain_embedder._model,
        subject.source_embedder._model,
        subject.read_with(None).embedder._model,
    ]
    assert {arithmetic_of(model) for model in opened} == {"bf16"}
    assert not torch.is_autocast_enabled("cpu")


def test_a_sentence_encoder_obeys_and_gives_fp32(masked_model: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer, models

    body, pooling = models.Transformer(str(masked_model), max_seq_length=32), models.Pooling(16)
    SentenceTransformer(modules=[body, pooling, models.Normalize()]).save(str(tmp_path / "encoder"))
    exact, near = (
        ModelSubject(tmp_path / "encoder", precision=precision).embedder.embed(TEXTS, Embedding())
        for precision in ("fp32", "bf16")
    )
    assert exact.dtype == near.dtype == "float32"
    assert 0 < abs(exact - near).max() < 0.05


def test_it_must_be_said_before_a_model_is_opened(subject_of: Any) -> None:
    subject = subject_of()
    assert subject.model is not None
    subject.compute_in("fp32")
    with pytest.raises(ValueError, match="too late: arithmetic, model is known"):
        subject.compute_in("bf16")


def test_a_mistake_is_one_line() -> None:
    said = "evaluation: precision: Input should be 'fp32', 'bf16' or 'fast' (got 'fp16')"
    with pytest.raises(ConfigError, match=f"^{re.escape(said)}$"):
        settings(precision="fp16")
