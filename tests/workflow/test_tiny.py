"""The tiny experiment from raw text to the report, and what a second run would do."""

import json
import os
import time

import pytest
from tests.workflow.project import Project


def test_the_report_and_the_models_are_there(finished: Project) -> None:
    results = finished.folder / "results" / "tiny"
    page = (results / "report" / "index.html").read_text("utf-8")
    assert "wechsel" in page
    model = results / "models" / "swahili" / "wechsel" / "seed-1" / "pretrained"
    assert (model / "model.safetensors").stat().st_size > 0
    assert (model / "tokenizer.json").is_file()
    lines = [json.loads(line) for line in (model / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert [line["step"] for line in lines if line["kind"] == "valid"] == [0, 3, 6]


def test_every_artifact_verifies(finished: Project) -> None:
    from lingraft.artifacts import verify

    manifests = list((finished.folder / "results").rglob("manifest.json"))
    assert len(manifests) > 15
    for manifest in manifests:
        verify(manifest.parent)


def test_nothing_half_written_is_left(finished: Project) -> None:
    everything = (finished.folder / "results").rglob("*")
    marks = {".snakemake_timestamp", ".lingraft", ".lock"}  # a lock stays, empty
    files = [path for path in everything if path.is_file() and path.name not in marks]
    assert files
    assert not [path for path in files if path.name.startswith(".") or path.suffix == ".part"]


def test_a_second_run_has_nothing_to_do(finished: Project) -> None:
    started = time.monotonic()
    done = finished.snakemake()
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout
    assert time.monotonic() - started < 30


def test_held_out_text_is_in_no_training_text(finished: Project) -> None:
    from lingraft.corpus.documents import read_documents, read_pairs

    corpora = finished.folder / "results" / "tiny" / "corpora"
    for name in ("english", "swahili"):
        train = {document.text for document in read_documents(corpora / name / "train.jsonl.zst")}
        valid = {document.text for document in read_documents(corpora / name / "valid.jsonl.zst")}
        assert train and valid and not train & valid
    english = {d.text for d in read_documents(corpora / "english" / "valid.jsonl.zst")}
    pairs = list(read_pairs(corpora / "swahili" / "parallel.jsonl.zst"))
    assert pairs and not english & {pair.source for pair in pairs}


ANOTHER_RUN = {
    "model": "tiny-bert",
    "tokenizer": "swahili",
    "corpora": ["swahili"],
    "initializations": ["random"],
    "pretraining": "short",
}
RETRAINED = {"pretrain": 3, "evaluate": 3, "report": 1}


@pytest.mark.parametrize(
    ("changes", "arguments", "planned"),
    [
        pytest.param({}, [], {}, id="nothing"),
        pytest.param({}, ["--set-resources", "pretrain:processes=2"], {}, id="processes"),
        pytest.param({}, ["--set-threads", "pretrain=2", "train_tokenizer=1"], {}, id="threads"),
        pytest.param(
            {"evaluation": {"retrieval.sentences": 10}},
            [],
            {"evaluate": 6, "report": 1},
            id="evaluation",
        ),
        pytest.param(
            {"evaluation": {"tokenizer.documents": 10}},
            [],
            {"evaluate_tokenizer": 1, "report": 1},
            id="tokenizer evaluation",
        ),
        pytest.param(
            {"pretraining": {"short.learning_rate": 2e-3}}, [], RETRAINED, id="learning rate"
        ),
        pytest.param(
            {"initializations": {"wechsel.neighbors": 5}},
            [],
            {"initialize_embeddings": 1, "pretrain": 1, "evaluate": 2, "report": 1},
            id="one initialization",
        ),
        pytest.param(
            {"runs": {"swahili.seeds": [1, 2]}},
            [],
            {"initialize_embeddings": 3, "pretrain": 3, "evaluate": 6, "report": 1},
            id="another seed",
        ),
        pytest.param(
            {"runs": {"again": ANOTHER_RUN}},
            [],
            {"initialize_embeddings": 1, "pretrain": 1, "evaluate": 2, "report": 1},
            id="another run",
        ),
        pytest.param({"report": {"resamples": 600}}, [], {"report": 1}, id="report"),
    ],
)
def test_what_a_change_plans(
    copy_of_finished: Project,
    changes: dict[str, dict[str, object]],
    arguments: list[str],
    planned: dict[str, int],
) -> None:
    copy_of_finished.change(**changes)
    assert copy_of_finished.planned(*arguments) == planned


def test_no_environment_has_to_be_activated(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `.venv/bin/snakemake` is called: the programs find the Python that runs Snakemake."""
    monkeypatch.setenv("PATH", os.defpath)
    done = project.snakemake("download")
    assert done.returncode == 0, done.stdout[-4000:]


def test_programs_trigger_nothing(copy_of_finished: Project) -> None:
    for program in (copy_of_finished.folder / "scripts").glob("*.py"):
        program.touch()
    assert copy_of_finished.planned() == {}
    for program in (copy_of_finished.folder / "scripts").glob("*.py"):
        program.write_text(program.read_text("utf-8") + "\n# a comment\n", "utf-8")
    assert copy_of_finished.planned() == {}


def test_a_changed_file_of_a_local_source_is_fetched_again(copy_of_finished: Project) -> None:
    text = copy_of_finished.folder / "tests" / "data" / "tiny" / "swahili.jsonl"
    text.write_text(text.read_text("utf-8") + "\n", "utf-8")
    planned = copy_of_finished.planned()
    assert planned["fetch"] == 1
    assert planned["pretrain"] == 3
    assert planned["report"] == 1


def test_a_comment_in_the_configuration_triggers_nothing(copy_of_finished: Project) -> None:
    config = copy_of_finished.folder / "config" / "tiny.yaml"
    config.write_text("# another comment\n" + config.read_text("utf-8"), "utf-8")
    assert copy_of_finished.planned() == {}


def test_a_damaged_artifact_is_refused_by_name(copy_of_finished: Project) -> None:
    results = copy_of_finished.folder / "results" / "tiny"
    weights = (
        results / "models" / "swahili" / "random" / "seed-1" / "initialized" / "model.safetensors"
    )
    weights.write_bytes(weights.read_bytes()[:-1])
    pretrained = weights.parents[1] / "pretrained" / "manifest.json"
    pretrained.unlink()
    # Named as the target: Snakemake does not make a missing file again that nobody asks for.
    done = copy_of_finished.snakemake(str(pretrained.relative_to(copy_of_finished.folder)))
    assert done.returncode != 0
    assert "model.safetensors has" in done.stdout
    assert not pretrained.exists()
