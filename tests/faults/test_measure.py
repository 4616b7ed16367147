"""What a training scores as it runs is what the evaluation scores: one measure of bits per byte."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from laboratory import Case, Laboratory
from test_kill import outcome

from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.language_model import LanguageModel
from lingraft.models.scoring.settings import HeldOutMeasure

RECIPE = {"steps": 8, "evaluate_every": 4}


def curve(laboratory: Laboratory, case: Case) -> list[dict[str, Any]]:
    """The evaluations of a training, after it has ended well."""
    assert laboratory.run(case) == 0, (case.folder / f"{case.name}.log").read_text()[-2000:]
    return [line for line in outcome(case)["metrics"] if line["kind"] == "valid"]


def scores(folder: Path, model: Path) -> dict[str, float | None]:
    """What the task finds on the same documents, by metric."""
    corpora = {"text": folder / "corpora" / "text"}
    outcome = LanguageModel().evaluate(ModelSubject(model, corpora=corpora))
    return {score.metric: score.value for score in outcome.scores if score.system == "model"}


@pytest.mark.parametrize(
    ("kind", "recipe"),
    [
        ("masked", {"masking": {"whole_words": True, "probability": 0.4}, "stochastok": 0.1}),
        ("masked", {"adapter": {"rank": 2}}),
        ("causal", {}),
    ],
)
def test_a_curve_is_what_the_evaluation_measures(
    laboratory: Laboratory,
    plain_bert: Path,
    plain_gpt2: Path,
    kind: str,
    recipe: dict[str, Any],
) -> None:
    """At step 0 and at the end; the measure does not follow the masks of the recipe."""
    folder = plain_bert if kind == "masked" else plain_gpt2
    case = Case(folder, f"measure-{'-'.join(recipe)}", {**RECIPE, "objective": kind, **recipe})
    lines = curve(laboratory, case)
    assert [line["step"] for line in lines] == [0, 4, 8]
    for line, model in ((lines[0], folder / "model"), (lines[-1], case.output)):
        found = scores(folder, model)
        for metric in ("loss", "bits_per_byte"):
            assert line[metric] == pytest.approx(found[metric], abs=1e-6)
            assert line["corpora"]["text"][metric] == line[metric]
    assert lines[0]["bits_per_byte"] != lines[-1]["bits_per_byte"]
    assert HeldOutMeasure().as_record().items() <= lines[0]["measure"].items()


def test_two_processes_measure_what_one_does(laboratory: Laboratory, plain_bert: Path) -> None:
    """With ZeRO-1 each has a share of the windows; with ZeRO-3 each has a share of the weights."""
    one = curve(laboratory, Case(plain_bert, "alone", RECIPE))
    for zero_stage in (1, 3):
        machine = {"zero_stage": zero_stage}
        two = curve(laboratory, Case(plain_bert, f"share-{zero_stage}", RECIPE, machine, 2))
        assert two[0]["bits_per_byte"] == one[0]["bits_per_byte"]  # the same weights: every bit
        for left, right in zip(one, two, strict=True):
            assert right["bits_per_byte"] == pytest.approx(left["bits_per_byte"], abs=1e-5)


def test_what_is_forgotten_is_scored_and_changes_nothing(
    laboratory: Laboratory, plain_gpt2: Path, tmp_path: Path
) -> None:
    """Text that is not trained on has the numbers of the evaluation; all else stays as it is."""
    recipe = {**RECIPE, "objective": "causal"}
    without = curve(laboratory, Case(plain_gpt2, "no-elsewhere", recipe))
    folder = tmp_path / "inputs"
    for part in ("model", "tokens", "corpora"):
        shutil.copytree(plain_gpt2 / part, folder / part)
    other = folder / "elsewhere" / "other"
    other.mkdir(parents=True)
    lines = (plain_gpt2 / "corpora" / "text" / "valid.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines[:5]]
    turned = [record | {"text": record["text"][::-1]} for record in records]
    (other / "valid.jsonl").write_text("".join(json.dumps(one) + "\n" for one in turned), "utf-8")
    (folder / "elsewhere" / "later").mkdir()  # not made yet
    case = Case(folder, "elsewhere", recipe)
    found = curve(laboratory, case)
    for line, same, model in zip(
        found, without, (folder / "model", None, case.output), strict=True
    ):
        assert {key: line[key] for key in ("loss", "bits_per_byte", "corpora")} == {
            key: same[key] for key in ("loss", "bits_per_byte", "corpora")
        }
        assert list(line["elsewhere"]) == list(line["measure"]["texts_elsewhere"]) == ["other"]
        if model is not None:
            subject = ModelSubject(model, corpora={"other": other})
            bits = {s.metric: s.value for s in LanguageModel().evaluate(subject).scores[:2]}
            assert line["elsewhere"]["other"] == pytest.approx(bits, abs=1e-6)
    log = (folder / "elsewhere.log").read_text()
    assert f"{folder / 'elsewhere' / 'later'} is not made yet" in log


def test_low_precision_measures_about_the_same(laboratory: Laboratory, plain_gpt2: Path) -> None:
    recipe = {**RECIPE, "objective": "causal", "precision": "bf16"}
    lines = curve(laboratory, Case(plain_gpt2, "measure-bf16", recipe))
    found = scores(plain_gpt2, plain_gpt2 / "model")["bits_per_byte"]
    assert lines[0]["bits_per_byte"] == pytest.approx(found, rel=5e-3)
