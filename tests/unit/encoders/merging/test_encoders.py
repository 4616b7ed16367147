"""Sentence encoders are merged to a sentence encoder that plain sentence-transformers reads."""

import json
from pathlib import Path
from typing import Any

import merging_samples as samples
import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from lingraft.artifacts import TrainingSetFacts, new_artifact, verify
from lingraft.encoders.examples import TrainingExample, write_examples
from lingraft.encoders.merging.merge import RECORD, merge_models
from lingraft.encoders.merging.methods.average import Average
from lingraft.encoders.merging.methods.task_arithmetic import TaskArithmetic
from lingraft.encoders.merging.settings import MergedEncoder
from lingraft.encoders.merging.stage import merge_encoders
from lingraft.encoders.settings import TunedEncoder
from lingraft.encoders.student import make_student, write_student
from lingraft.errors import ConfigError, InputError
from lingraft.models.loading import load_model

STAGE = {"data": ["pairs"], "loss": {"name": "distillation"}, "steps": 1}
TEXTS = ["w6 w7 w8", "w9", "w20 w21 w22 w23"]


def recipe(**options: Any) -> TunedEncoder:
    values = {"maximum_length": 10, "prompts": {"query": "w7 "}, "stages": [STAGE]}
    return TunedEncoder.model_validate(values | options)


def encoder(folder: Path, model: Any, **options: Any) -> Path:
    """An encoder artifact, as a tuning would write it."""
    start = samples.write(folder.parent / f"start of {folder.name}", model)
    with new_artifact(folder, "model") as staging:
        write_student(make_student(start, recipe(**options)), staging)
    return folder


def vectors(folder: Path) -> np.ndarray[Any, Any]:
    loaded = SentenceTransformer(str(folder), device="cpu", trust_remote_code=False)
    return np.asarray(loaded.encode(TEXTS, prompt_name="query", show_progress_bar=False))


@pytest.mark.parametrize("options", [{}, {"pooling": "cls", "normalize": True, "layers": 2}])
def test_encoders_become_an_encoder(options: dict[str, Any], tmp_path: Path) -> None:
    layers = {"num_hidden_layers": 2}
    models = [samples.bert(seed, **layers) for seed in (1, 2)]
    members = {
        f"e{n}": encoder(tmp_path / f"e{n}", model, **options) for n, model in enumerate(models)
    }
    base = samples.write(tmp_path / "base", samples.bert(3, **layers))
    merge_models(TaskArithmetic(scale=0.5), members, tmp_path / "merged", base)
    assert verify(tmp_path / "merged", "model").settings == {
        "method": "task-arithmetic",
        "scale": 0.5,
    }
    middle = samples.bert(1, **layers)
    with torch.no_grad():
        for own, *both in zip(*(model.parameters() for model in (middle, *models)), strict=True):
            own.copy_(sum(both) / 2)
    expected = vectors(encoder(tmp_path / "expected", middle, **options))
    assert np.allclose(vectors(tmp_path / "merged"), expected, rtol=0, atol=1e-5)
    assert "merged from 2 models" in (tmp_path / "merged" / "README.md").read_text("utf-8")


def test_a_language_model_beside_an_encoder_takes_its_pooling(tmp_path: Path) -> None:
    members = {
        "plain": samples.write(tmp_path / "plain", samples.bert(1)),
        "tuned": encoder(tmp_path / "tuned", samples.bert(2), pooling="cls"),
    }
    merge_models(Average(shares=[0, 1]), members, tmp_path / "merged")
    assert np.array_equal(vectors(tmp_path / "merged"), vectors(tmp_path / "tuned"))
    merged: Any = load_model(tmp_path / "merged")
    assert merged.get_output_embeddings().weight is merged.get_input_embeddings().weight


@pytest.mark.parametrize(
    ("options", "file"),
    [
        ({"pooling": "cls"}, "1_Pooling/config.json"),
        ({"maximum_length": 9}, "sentence_bert_config.json"),
        ({"prompts": {"query": "w8 "}}, "config_sentence_transformers.json"),
        ({"normalize": True}, "2_Normalize/config.json"),
    ],
)
def test_encoders_that_make_other_vectors_of_a_text(
    options: dict[str, Any], file: str, tmp_path: Path
) -> None:
    members = {
        "one": encoder(tmp_path / "one", samples.bert(1)),
        "odd": encoder(tmp_path / "odd", samples.bert(2), **options),
    }
    problem = f"odd cannot be merged with one: it makes another vector of a text: {file} differs"
    with pytest.raises(InputError, match=problem):
        merge_models(Average(), members, tmp_path / "merged")


def training_set(folder: Path, languages: list[str], examples: int = 12) -> Path:
    generator = np.random.default_rng(3)
    with new_artifact(
        folder, "training_set", facts=TrainingSetFacts(form="translations")
    ) as staging:
        write_examples(
            staging,
            [
                TrainingExample(
                    f"{language}-{number}",
                    (
                        " ".join(f"w{word}" for word in generator.integers(5, 20, 4)),
                        " ".join(f"w{word}" for word in generator.integers(20, 39, 4)),
                    ),
                    language,
                )
                for language in languages
                for number in range(examples)
            ],
        )
    return folder


PROBE = {
    "data": ["pairs"], "loss": {"name": "distillation"}, "batches": 2, "batch_size": 4,
    "language_model_share": 0.1,
}  # fmt: skip


def merged_recipe(**probe: Any) -> MergedEncoder:
    return MergedEncoder.model_validate(
        {
            "merge": {"method": "self-positioning", "steps": 10},
            "of": ["one", "two"],
            "base": "pretrained",
            "probe": PROBE | probe,
        }
    )


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    return {
        "one": encoder(tmp_path / "one", samples.bert(1)),
        "two": encoder(tmp_path / "two", samples.bert(2)),
        "base": samples.write(tmp_path / "base", samples.bert(3)),
        "teacher": samples.write(tmp_path / "teacher", samples.bert(4)),
        "pairs": training_set(tmp_path / "pairs", ["swh_Latn", "zho_Hans"]),
    }


def run(recipe: MergedEncoder, folders: dict[str, Path], output: Path) -> dict[str, Any]:
    merge_encoders(
        recipe,
        {name: folders[name] for name in ("one", "two")},
        output,
        base=folders["base"],
        sets={"pairs": folders["pairs"]},
        teacher=folders["teacher"],
    )
    return dict(json.loads((output / RECORD).read_text("utf-8")))


def test_a_probe_of_training_examples(folders: dict[str, Path], tmp_path: Path) -> None:
    record = run(merged_recipe(), folders, tmp_path / "merged")
    losses = record["probe_loss"]
    assert losses[record["taken"]] == min(losses.values())
    assert losses["learned"] < losses["average"]
    assert vectors(tmp_path / "merged").shape == (3, 16)
    again = run(merged_recipe(), folders, tmp_path / "again")
    assert again == record


def test_a_probe_with_too_few_examples(folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pairs: .* 12\s+examples"):
        run(merged_recipe(batch_size=20), folders, tmp_path / "merged")


def test_a_probe_of_models_without_pooling(folders: dict[str, Path], tmp_path: Path) -> None:
    plain = {
        name: samples.write(tmp_path / f"lm {name}", samples.bert(7)) for name in ("one", "two")
    }
    with pytest.raises(InputError, match="needs a sentence encoder among its members"):
        run(merged_recipe(), folders | plain, tmp_path / "merged")


@pytest.mark.parametrize("lost", ["members", "sets", "teacher"])
def test_what_is_not_given(lost: str, folders: dict[str, Path], tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "members": {name: folders[name] for name in ("one", "two")},
        "sets": {"pairs": folders["pairs"]},
        "teacher": folders["teacher"],
    }
    given[lost] = None if lost == "teacher" else {}
    members = given.pop("members")
    with pytest.raises(ConfigError, match=f"by `{lost}="):
        merge_encoders(merged_recipe(), members, tmp_path / "merged", base=folders["base"], **given)
