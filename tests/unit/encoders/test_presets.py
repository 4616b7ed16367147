"""Every preset makes a small encoder, and what matters of it holds."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.unit.encoders.loss_samples import WIDTH, Asked, examples_of, material_of
from tests.unit.encoders.tuning_samples import (
    model_artifact,
    save_decoder,
    set_artifact,
)

from lingraft.artifacts import new_artifact
from lingraft.encoders.examples import Form, TrainingExample
from lingraft.encoders.job import TuningJob
from lingraft.encoders.modules import contrast
from lingraft.encoders.preset import PRESETS
from lingraft.encoders.settings import TunedEncoder
from lingraft.encoders.stage import tune
from lingraft.encoders.student import make_student
from lingraft.models.loading import load_model
from lingraft.models.sentence_encoder import open_sentence_encoder


def small(
    folder: Path, preset: str, examples: list[TrainingExample], form: Form, **given: Any
) -> TuningJob:
    """A job of a few steps by a preset; the model to start from is there or a tiny BERT."""
    stage = {"data": ["own"], "steps": 2, "batch_size": 4, **given.pop("stage", {})}
    if not (folder / "model").exists():
        model_artifact(folder / "model")
    sizes = {"maximum_length": 32, "learning_rate": 1e-2}
    recipe = TunedEncoder.model_validate({"preset": preset, "stages": [stage], **sizes, **given})
    own = {"own": set_artifact(folder / "own", examples, form)}
    places = (folder / "model", folder / "model", own, folder / "state", folder / "output")
    return TuningJob(recipe, *places, seed=1)


def losses(job: TuningJob) -> list[float]:
    lines = (job.output / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["loss"] for line in lines]


def test_nemotron_compares_with_its_own_negatives_alone(tmp_path: Path) -> None:
    with new_artifact(tmp_path / "model", "model") as staging:
        save_decoder(staging, "llama")
    job = small(tmp_path, "nemotron", examples_of("triples"), "triples", prompts={"query": "w40 "})
    tune(job)
    encoder = open_sentence_encoder(job.output)
    ids_2L = torch.tensor([[5, 6, 7], [5, 6, 9]])
    with torch.inference_mode():
        states_2LE = encoder[0].model(ids_2L).last_hidden_state
    assert not torch.allclose(states_2LE[0, 0], states_2LE[1, 0])  # it sees later tokens
    # The loss of two examples is the mean of their losses: neither is a rival of the other.
    student = make_student(job.model, job.recipe).encoder
    material = material_of(examples_of("triples"), "triples", student, job.model, tmp_path)
    asked = Asked(job.recipe.stages[0].loss, material)
    apart = (asked.amount([0]) + asked.amount([1])) / 2
    assert asked.amount([0, 1]) == pytest.approx(apart, rel=1e-4)


def test_pegs_hard_rivals_count_more_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strengths = []
    calculate = contrast.CachedContrastive.calculate_loss

    def noting(self: Any, *given: Any, **named: Any) -> Any:
        strengths.append(self.strength)
        return calculate(self, *given, **named)

    monkeypatch.setattr(contrast.CachedContrastive, "calculate_loss", noting)
    stage = {"steps": 4, "loss": {"cached": 2}}
    tune(small(tmp_path, "peg", examples_of("triples"), "triples", stage=stage))
    assert strengths[0] == 0 and strengths == sorted(strengths) and strengths[-1] == 5 * 3 / 4


def test_every_round_of_defsent_plus_starts_from_the_first_weights(tmp_path: Path) -> None:
    # Rounds that do not move the weights end where the recipe starts.
    rounds = [{"data": ["own"], "steps": 3, "batch_size": 4} for _ in range(3)]
    rounds[2]["learning_rate"] = 1e-30
    examples = [
        TrainingExample(f"d-{n}", (f"entry-{n // 2}", f"w{n % 60} w{(7 * n) % 60} w{n // 2}"))
        for n in range(96)
    ]
    job = small(tmp_path, "defsent-plus", examples, "definitions", stages=rounds)
    tune(job)
    assert len(losses(job)) == 3
    name = "bert.encoder.layer.0.output.dense.weight"
    made, first = (load_model(folder).state_dict()[name] for folder in (job.output, job.model))
    torch.testing.assert_close(made, first, rtol=1e-5, atol=1e-7)


def test_dse_has_the_layers_side_by_side(tmp_path: Path) -> None:
    teacher = {"teacher": {"epochs": 1, "batch_size": 4}}
    examples = examples_of("labelled")
    given = {"pooling": {"layers": 2}, "stage": {"loss": teacher}}
    job = small(tmp_path, "dse", examples, "labelled", **given)
    tune(job)
    encoder = open_sentence_encoder(job.output)
    assert encoder.encode("w1 w2").shape == (2 * WIDTH,)
    assert encoder[1].join == "concat" and not encoder[1].with_cls


def test_retromae_v2_reads_the_first_token(tmp_path: Path) -> None:
    job = small(tmp_path, "retromae-v2", examples_of("pairs"), "pairs")
    tune(job)
    encoder = open_sentence_encoder(job.output)
    with torch.inference_mode():
        states_LE = encoder[0].model(**encoder.tokenizer("w1 w2", return_tensors="pt"))[0][0]
    np.testing.assert_allclose(encoder.encode("w1 w2"), states_LE[0], atol=1e-5)


def test_e2rank_learns_order_and_reads_the_last_token(tmp_path: Path) -> None:
    found = []
    for weight in (0.0, 2.0):
        folder = tmp_path / str(weight)
        with new_artifact(folder / "model", "model") as staging:
            save_decoder(staging, "llama")
        stage = {"steps": 1, "loss": {"instruction": "w3", "rank_weight": weight}}
        job = small(folder, "e2rank", examples_of("ranked"), "ranked", stage=stage)
        tune(job)
        found += losses(job)
    assert found[1] > found[0]  # the order of the documents is added
    encoder = open_sentence_encoder(job.output)
    with torch.inference_mode():
        last_E = encoder[0].model(**encoder.tokenizer("w5 w6", return_tensors="pt"))[0][0, -1]
    unit_E = last_E / last_E.norm()
    np.testing.assert_allclose(encoder.encode("w5 w6"), unit_E, atol=1e-5)


def test_every_preset_has_a_small_run_here() -> None:
    text = Path(__file__).read_text("utf-8")
    assert not [name for name in PRESETS if f'"{name}"' not in text]
