"""A tuning from its inputs to its folder."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from sentence_transformers import SentenceTransformer
from tests.shifted_normalizer import declare
from tests.unit.encoders.tuning_samples import (
    model_artifact,
    recipe,
    set_artifact,
    translations,
    tuning,
)

from lingraft.artifacts import digest_file
from lingraft.encoders.job import TuningJob
from lingraft.encoders.stage import tune
from lingraft.encoders.teacher import Teacher
from lingraft.errors import ConfigError, InputError, LingraftError
from lingraft.models.loading import load_model


def distances(job: TuningJob, folder: Path) -> float:
    """Mean relative squared distance of translations to the teacher's vectors of originals."""
    examples = translations()
    student = SentenceTransformer(str(folder)).encode([e.texts[1] for e in examples])
    teacher = Teacher(job.teacher, 16, "cpu").embed([e.texts[0] for e in examples])
    gaps_N = np.square(student - teacher).sum(1) / np.square(teacher).sum(1)
    return float(gaps_N.mean())


def metrics(job: TuningJob) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (job.output / "metrics.jsonl").read_text().splitlines()]


def test_a_student_learns_the_teachers_vectors(tmp_path: Path) -> None:
    short = tuning(tmp_path, recipe([{"steps": 1}]))
    tune(short)
    before = distances(short, short.output)
    longer = replace(tuning(tmp_path, recipe([{"steps": 60}])), output=tmp_path / "longer")
    tune(longer)
    assert distances(longer, longer.output) < 0.5 * before
    card = (longer.output / "README.md").read_text()
    assert "SentenceTransformer" in card
    assert "Reimers and Gurevych 2020" in card


def test_the_first_loss_is_that_of_the_formula(tmp_path: Path) -> None:
    job = tuning(tmp_path, recipe([{"steps": 1, "batch_size": 24}]))
    tune(job)
    (line,) = metrics(job)
    # Dropout is drawn, so the loss is near that of the student without it, not equal.
    start = replace(job, recipe=recipe([{"steps": 1, "batch_size": 24, "learning_rate": 1e-30}]))
    start = replace(start, output=tmp_path / "start")
    tune(start)
    assert line["pair_loss"] == pytest.approx(distances(start, start.output), rel=0.15)


def test_the_language_models_share_is_added_and_trains_the_head(tmp_path: Path) -> None:
    shared = tuning(tmp_path, recipe([{"language_model_share": 0.5}]))
    tune(shared)
    alone = replace(tuning(tmp_path, recipe()), output=tmp_path / "alone")
    tune(alone)
    for line in metrics(shared):
        together = line["pair_loss"] + 0.5 * line["language_model_loss"]
        assert line["loss"] == pytest.approx(together)
    assert "language_model_loss" not in metrics(alone)[0]
    name = "cls.predictions.transform.dense.weight"
    source, tied = load_model(shared.model), "bert.embeddings.word_embeddings.weight"
    for job, is_moved in ((shared, True), (alone, False)):
        made = load_model(job.output).state_dict()
        assert torch.equal(made[name], source.state_dict()[name]) != is_moved
        assert not torch.equal(made[tied], source.state_dict()[tied])


def test_interrupted_and_continued_is_bit_equal(tmp_path: Path) -> None:
    stages = [{"steps": 5, "language_model_share": 0.1}, {"steps": 4, "from_start": True}]
    whole = tuning(tmp_path, recipe(stages, matryoshka=[8]))
    tune(whole)
    cut = tuning(tmp_path, recipe(stages, matryoshka=[8]), checkpoint_steps=2)
    cut = replace(cut, output=tmp_path / "cut", state=tmp_path / "other")

    class Killed(Exception):
        pass

    for place in (1, 2, 1):

        def stop(point: str, place: int = place, seen: list[str] = []) -> None:  # noqa: B006
            seen.append(point)
            if seen.count("committed") == place:
                seen.clear()
                raise Killed

        with pytest.raises(Killed):
            tune(cut, stop)
    tune(cut)
    name = "model.safetensors"
    assert digest_file(cut.output / name) == digest_file(whole.output / name)


def test_from_start_goes_back_to_the_first_weights(tmp_path: Path) -> None:
    rounds = [{"steps": 6}, {"steps": 1, "from_start": True, "learning_rate": 1e-30}]
    job = tuning(tmp_path, recipe(rounds))
    tune(job)
    name = "bert.encoder.layer.0.output.dense.weight"
    made, source = (load_model(f).state_dict()[name] for f in (job.output, job.model))
    torch.testing.assert_close(made, source, rtol=1e-5, atol=1e-7)


def test_micro_batches_make_the_same_step_without_dropout(tmp_path: Path) -> None:
    model_artifact(tmp_path / "model", dropout=0.0)
    model_artifact(tmp_path / "teacher", seed=1)
    set_artifact(tmp_path / "pairs", translations())
    found = []
    for size in (None, 2):
        job = tuning(tmp_path, recipe([{"batch_size": 8}]), micro_batch=size)
        job = replace(job, output=tmp_path / f"out-{size}", state=tmp_path / f"state-{size}")
        tune(job)
        found.append(load_model(job.output).state_dict())
    # A key's bias has no gradient but rounding errors, which Adam makes as large as any other.
    for name, tensor in found[0].items():
        if not name.endswith("key.bias"):
            torch.testing.assert_close(tensor, found[1][name], rtol=1e-3, atol=1e-3)


def test_a_teachers_vectors_are_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = replace(tuning(tmp_path, recipe()), vectors=tmp_path / "vectors")
    tune(job)
    monkeypatch.setattr("lingraft.encoders.teacher.open_embedder", None)
    other = replace(job, output=tmp_path / "again", state=tmp_path / "again-state")
    tune(other)
    name = "model.safetensors"
    assert digest_file(other.output / name) == digest_file(job.output / name)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_bf16_trains_fp32_weights(tmp_path: Path, share: float) -> None:
    job = tuning(tmp_path, recipe([{"language_model_share": share}], precision="bf16"))
    tune(job)
    assert {t.dtype for t in load_model(job.output).state_dict().values()} == {torch.float32}


def test_without_dropout_the_seed_of_its_masks_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = tuning(tmp_path, recipe(dropout=False))
    tune(job)
    monkeypatch.setattr("lingraft.encoders.loop._dropout_seed", lambda *place: 1)
    other = replace(job, output=tmp_path / "again", state=tmp_path / "again-state")
    tune(other)
    name = "model.safetensors"
    assert digest_file(other.output / name) == digest_file(job.output / name)


def test_a_loss_that_lives_by_dropout_keeps_it() -> None:
    stage = {"loss": {"name": "simcse"}}
    assert recipe([stage]).dropout is None
    with pytest.raises(ValidationError, match="dropout: false does not fit the loss simcse"):
        recipe([stage], dropout=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"recipe": recipe(precision="fp16")}, "fp16 is not for encoders"),
        ({"recipe": recipe([{"data": ["others"]}])}, "give it by `sets=others=DIR`"),
        ({"recipe": recipe([{"batch_size": 25}])}, "has 24 examples, fewer than one batch of 25"),
    ],
)
def test_what_does_not_fit_is_one_line(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    job = replace(tuning(tmp_path, recipe()), **changes)
    with pytest.raises(LingraftError, match=message):
        tune(job)
    assert not job.output.exists()


def test_a_teacher_of_another_width_is_refused(tmp_path: Path) -> None:
    from tests.unit.encoders.tuning_samples import save_decoder

    from lingraft.artifacts import new_artifact

    job = tuning(tmp_path, recipe())
    with new_artifact(tmp_path / "wide", "model") as staging:
        save_decoder(staging, "gpt2")
    with pytest.raises(ConfigError, match="have 32 dimensions, and the student's have 16"):
        tune(replace(job, teacher=tmp_path / "wide"))


def test_a_set_without_a_form_is_refused(tmp_path: Path) -> None:
    from lingraft.artifacts import new_artifact
    from lingraft.encoders.examples import write_examples

    job = tuning(tmp_path, recipe())
    with new_artifact(tmp_path / "formless", "training_set") as staging:
        write_examples(staging, translations())
    with pytest.raises(InputError, match="does not say the form of its examples"):
        tune(replace(job, sets={"pairs": tmp_path / "formless"}))


def test_a_set_that_is_written_otherwise_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lingraft.artifacts import new_artifact
    from lingraft.corpus.normalizing import mark_of
    from lingraft.encoders.examples import write_examples

    job = tuning(tmp_path, recipe())
    facts = {
        "form": "translations",
        "languages": {"hin_Deva": 24},
        "normalizer": mark_of(declare(monkeypatch)),
    }
    with new_artifact(tmp_path / "shifted", "training_set", facts=facts) as staging:
        write_examples(staging, translations())
    with pytest.raises(
        InputError, match=r"training set pairs \(hin_Deva\) has the normalizer shif"
    ):
        tune(replace(job, sets={"pairs": tmp_path / "shifted"}))


def test_what_was_prepared_and_is_lost_is_told(tmp_path: Path) -> None:
    job = tuning(tmp_path, recipe(), checkpoint_steps=2)

    class Killed(Exception):
        pass

    def stop(point: str) -> None:
        if point == "committed":
            raise Killed

    with pytest.raises(Killed):
        tune(job, stop)
    (lost,) = job.state.rglob("prepared-0.safetensors")
    lost.unlink()
    with pytest.raises(InputError, match="is lost, and this stage began with it"):
        tune(job)
