"""The loop over tasks: results that hold are kept, what changed is measured again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from evaluation_samples import make_labelled_corpus, save_masked_model, sentences

from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.configuration import Evaluation
from lingraft.evaluation.outcome import Outcome, Score
from lingraft.evaluation.results import predictions_path, read_result
from lingraft.evaluation.stage import run_tasks
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.language_model import LanguageModel
from lingraft.evaluation.tasks.mteb import Mteb
from lingraft.evaluation.tasks.retrieval import Retrieval
from lingraft.evaluation.tasks.topics import Topics

SETTINGS = Evaluation(
    language_model=LanguageModel(documents=20), retrieval=Retrieval(query_model="same")
)


@pytest.fixture
def subject(masked_model: Path, tmp_path: Path, make_corpus: Callable[..., Path]) -> ModelSubject:
    texts = {str(i): text for i, text in enumerate(sentences(30, 8))}
    corpus, pivot = make_corpus("t", texts), make_corpus("p", texts)
    return ModelSubject(
        masked_model,
        corpora={"swh_Latn": corpus},
        pivots={"swh_Latn": pivot},
        state=tmp_path / "state",
    )


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that really ran, in order."""
    ran: list[str] = []
    for task in (LanguageModel, Retrieval):
        evaluate = task.evaluate

        def recorded(self, subject, evaluate=evaluate):  # type: ignore[no-untyped-def]
            ran.append(self.name)
            return evaluate(self, subject)

        monkeypatch.setattr(task, "evaluate", recorded)
    return ran


def test_one_file_for_each_configured_task(subject: ModelSubject, tmp_path: Path) -> None:
    paths = run_tasks(SETTINGS, subject, tmp_path / "out")
    assert [path.name for path in paths] == ["language_model.json", "retrieval.json"]
    result = read_result(paths[1])
    assert result.protocol == "retrieval/same"
    assert {"weights", "tokenizer", "corpora/swh_Latn", "pivots/swh_Latn"} == set(result.digests)
    assert result.versions["lingraft"]


def test_results_that_hold_are_kept(subject: ModelSubject, tmp_path: Path, runs: list[str]) -> None:
    run_tasks(SETTINGS, subject, tmp_path / "out")
    run_tasks(SETTINGS, subject, tmp_path / "out")
    assert runs == ["language_model", "retrieval"]
    changed = SETTINGS.model_copy(update={"retrieval": Retrieval(query_model="same", sentences=10)})
    run_tasks(changed, subject, tmp_path / "out")
    assert runs == ["language_model", "retrieval", "retrieval"]


def test_other_weights_or_data_are_measured_again(
    subject: ModelSubject, tmp_path: Path, runs: list[str], make_corpus: Callable[..., Path]
) -> None:
    out = tmp_path / "out"
    run_tasks(SETTINGS, subject, out)
    other = save_masked_model(tmp_path / "other", seed=3)
    run_tasks(SETTINGS, ModelSubject(other, corpora=subject.corpora, pivots=subject.pivots), out)
    assert runs == ["language_model", "retrieval"] * 2
    make_corpus("p", {"1": "w1"})
    run_tasks(SETTINGS, ModelSubject(other, corpora=subject.corpora, pivots=subject.pivots), out)
    assert runs == [*["language_model", "retrieval"] * 2, "retrieval"]


def test_a_killed_evaluation_resumes_with_what_it_had_finished(
    subject: ModelSubject, tmp_path: Path, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_tasks(SETTINGS, subject, tmp_path / "reference")

    def killed(self: Retrieval, subject: ModelSubject) -> None:
        raise KeyboardInterrupt

    fresh = ModelSubject(
        subject.folder,
        corpora=subject.corpora,
        pivots=subject.pivots,
        state=tmp_path / "state of the kill",
    )
    with monkeypatch.context() as patch:
        patch.setattr(Retrieval, "evaluate", killed)
        with pytest.raises(KeyboardInterrupt):
            run_tasks(SETTINGS, fresh, tmp_path / "out")
    # Snakemake deletes the outputs of a job that failed.
    for path in (tmp_path / "out").iterdir():
        path.unlink()
    runs.clear()
    resumed = run_tasks(SETTINGS, fresh, tmp_path / "out")
    assert runs == ["retrieval"]
    for a, b in zip(whole, resumed, strict=True):
        assert read_result(a).scores == read_result(b).scores


def test_one_tasks_settings_repeat_no_other_task(
    subject: ModelSubject, tmp_path: Path, runs: list[str]
) -> None:
    """Snakemake deletes the outputs of a job that it repeats; the state has them."""
    out = tmp_path / "out"
    first = read_result(run_tasks(SETTINGS, subject, out)[0])
    runs.clear()
    for settings, expected in (
        ({"retrieval": Retrieval(query_model="same", sentences=10)}, ["retrieval"]),
        ({"language_model": LanguageModel(documents=5)}, ["language_model"]),
        ({}, []),  # back to what there was
    ):
        for path in out.iterdir():
            path.unlink()
        run_tasks(SETTINGS.model_copy(update=settings), subject, out)
        assert runs == expected
        assert predictions_path(out / "retrieval.json").is_file()
        runs.clear()
    assert read_result(out / "language_model.json") == first


def test_a_single_task_runs_with_its_defaults(subject: ModelSubject, tmp_path: Path) -> None:
    (path,) = run_tasks(Evaluation(), subject, tmp_path / "x.json", "language_model")
    assert path == tmp_path / "x.json"
    assert read_result(path).settings["mask_probability"] == 0.15


def test_a_score_that_its_task_does_not_declare_is_a_defect(
    subject: ModelSubject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Outcome([Score("swh_Latn", "bits_per_byte", 1.0, 1, "up")])
    monkeypatch.setattr(LanguageModel, "evaluate", lambda self, subject: wrong)
    with pytest.raises(ValueError, match="does not declare bits_per_byte as up"):
        run_tasks(Evaluation(), subject, tmp_path / "x.json", "language_model")


def test_mistakes_are_named(subject: ModelSubject, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no evaluation task 'retreival'"):
        run_tasks(Evaluation(), subject, tmp_path, "retreival")
    with pytest.raises(ConfigError, match="no task of a model"):
        run_tasks(Evaluation(), subject, tmp_path)
    with pytest.raises(ConfigError, match="measures a subject of kind alignment, not model"):
        run_tasks(Evaluation(), subject, tmp_path, "lexicon")
    with pytest.raises(InputError, match="source_model="):
        run_tasks(Evaluation(), subject, tmp_path, "retrieval")


def test_pivot_vectors_of_the_source_model_are_shared_through_the_state(
    subject: ModelSubject, tmp_path: Path
) -> None:
    source = save_masked_model(tmp_path / "source", seed=9)

    def fresh() -> ModelSubject:
        return ModelSubject(
            subject.folder,
            source_model=source,
            corpora=subject.corpora,
            pivots=subject.pivots,
            state=subject.state,
        )

    first = run_tasks(Evaluation(), fresh(), tmp_path / "a.json", "retrieval")
    again = fresh()
    again.__dict__["source_embedder"] = None  # would fail if it were asked
    again.__dict__["state"] = subject.state
    vectors = again.embed_pivot(["w1"], Retrieval(), "same")
    assert vectors.shape == (1, 16)
    assert len(list((tmp_path / "state" / "embeddings").iterdir())) == 1
    kept = again.embed_pivot(_pivots(subject), Retrieval(), "source")
    np_reference = fresh().source_embedder.embed(_pivots(subject), Retrieval())
    assert (kept == np_reference).all()
    assert read_result(first[0]).scores


def test_models_that_share_process_and_state_are_measured_as_each_alone(
    subject: ModelSubject, tmp_path: Path
) -> None:
    labelled = make_labelled_corpus(tmp_path / "labelled")
    corpora = {"swh_Latn": subject.corpora["swh_Latn"], "zho_Hans": labelled}
    pivots = {"swh_Latn": subject.pivots["swh_Latn"], "zho_Hans": labelled}
    settings = Evaluation(
        language_model=LanguageModel(documents=20), retrieval=Retrieval(),
        topics=Topics(languages=("zho_Hans",)), mteb=Mteb(topics=Topics(languages=("zho_Hans",))),
    )  # fmt: skip
    source = save_masked_model(tmp_path / "source", seed=9)
    models = [save_masked_model(tmp_path / f"model-{seed}", seed=seed) for seed in (1, 2)]

    def measure(place: str, model: Path, state: Path | None) -> dict[str, object]:
        one = ModelSubject(
            model, source_model=source, corpora=corpora, pivots=pivots,
            evaluation_corpora={"elsewhere": pivots["swh_Latn"]}, state=state,
        )  # fmt: skip
        paths = run_tasks(settings, one, tmp_path / place / model.name)
        return {path.name: replace(read_result(path), seconds=0.0) for path in paths}

    together = [measure("together", model, subject.state) for model in models]
    alone = [measure("alone", model, tmp_path / f"state of {model.name}") for model in models]
    stateless = [measure("stateless", model, None) for model in models]
    assert together == alone == stateless
    assert len(together[0]) == 4 and together[0] != together[1]


def _pivots(subject: ModelSubject) -> list[str]:
    ((_, pairs),) = Retrieval().pairs(subject)
    return [pair.source for pair in Retrieval().select(pairs)]
