"""Bad input is answered in one line before anything runs."""

import json
import shutil
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lingraft.artifacts import fingerprint as fingerprint_of_artifact
from lingraft.artifacts import new_artifact
from lingraft.config.pretraining import Pretraining
from lingraft.errors import ArtifactError, ConfigError, InputError, LingraftError
from lingraft.models.scoring.settings import HeldOutMeasure
from lingraft.tokenizers.token_table import TokenTable
from lingraft.training.job import (
    IDENTITY,
    Job,
    Machine,
    check_inputs,
    micro_batch,
    name_tokens,
    of_its_model,
    state_folder,
)

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))

from laboratory import VOCABULARY, make_inputs, words_of, write_corpus

SHORT = {"steps": 4, "sequence_length": 16}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_inputs(tmp_path_factory.mktemp("inputs"), "bert")


def job_of(inputs: Path, tmp_path: Path, tokens: Path | None = None, **recipe: Any) -> Job:
    settings = {"steps": 4, "sequence_length": 16, "batch_size": 8, **recipe}
    folder = tokens or inputs / "tokens" / "text"
    return Job(
        Pretraining(**settings), inputs / "model", {folder.name: folder}, tmp_path / "state",
        tmp_path / "output", 1, corpora={"text": inputs / "corpora" / "text"},
    )  # fmt: skip


def test_good_inputs(inputs: Path, tmp_path: Path) -> None:
    checked = check_inputs(job_of(inputs, tmp_path))
    assert set(checked.training) == set(checked.held_out) == {"text"}
    assert len(checked.fingerprint) == 64


@pytest.mark.parametrize(("kind", "objective"), [("bert", "masked"), ("gpt2", "causal")])
def test_an_unset_objective_is_what_the_model_is_made_for(
    kind: str, objective: str, tmp_path: Path
) -> None:
    folder = make_inputs(tmp_path / "inputs", kind)
    job = of_its_model(job_of(folder, tmp_path))
    assert job.recipe.objective == objective
    named = job_of(folder, tmp_path, objective=objective)
    assert check_inputs(job).fingerprint == check_inputs(named).fingerprint


def test_objective_must_fit_the_model(inputs: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"objective: causal does not fit .* write objective: masked"
    ):
        check_inputs(job_of(inputs, tmp_path, objective="causal"))


@pytest.mark.parametrize("objective", ["retromae", "dupmae"])
def test_what_a_decoder_needs_of_model_and_tokenizer(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, objective: str
) -> None:
    monkeypatch.setattr(TokenTable, "word_start_T", np.ones(VOCABULARY, bool))
    job = job_of(inputs, tmp_path, objective=objective)
    knowledge = check_inputs(job).knowledge
    assert knowledge.word_starts_V is not None  # whole words, where nothing else is set
    causal = make_inputs(tmp_path / "gpt2", "gpt2")
    with pytest.raises(ConfigError, match=f"{objective} does not fit .* write objective: causal"):
        check_inputs(replace(job, model=causal / "model"))
    with new_artifact(tmp_path / "electra", "model") as staging:
        for name in ("config.json", "tokenizer.json"):
            text = (inputs / "model" / name).read_text()
            (staging / name).write_text(text.replace('"bert"', '"electra"'))
    with pytest.raises(ConfigError, match=r"of type electra; it knows bert, .* objective: masked"):
        check_inputs(replace(job, model=tmp_path / "electra"))
    tokens = tmp_path / "tokens" / "text"
    with new_artifact(tokens, "tokens") as staging:
        for path in (inputs / "tokens" / "text").iterdir():
            if path.name != "manifest.json":
                (staging / path.name).write_bytes(path.read_bytes())
        meta = json.loads((staging / "meta.json").read_text())
        meta["specials"]["prefix"] = []
        (staging / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(InputError, match="puts no special token"):
        check_inputs(job_of(inputs, tmp_path, tokens, objective=objective))


def test_words_that_are_whole_documents_are_refused(inputs: Path, tmp_path: Path) -> None:
    """The vocabulary of these tests marks no word but the first."""
    with pytest.raises(InputError, match=r"words of corpus text have 16 tokens on average"):
        check_inputs(job_of(inputs, tmp_path, objective="retromae"))


@pytest.mark.parametrize(
    ("option", "kind"), [({"bpe_dropout": 0.1}, "BPE"), ({"subword_sampling": 0.2}, "Unigram")]
)
def test_words_are_cut_as_their_tokenizer_does(
    inputs: Path, tmp_path: Path, option: dict[str, float], kind: str
) -> None:
    message = f"{next(iter(option))} is for tokenizers of the kind {kind}, and this one is"
    with pytest.raises(ConfigError, match=message):
        check_inputs(job_of(inputs, tmp_path, **option))


def test_rows_must_fit_the_positions_of_the_model(inputs: Path, tmp_path: Path) -> None:
    check_inputs(job_of(inputs, tmp_path, sequence_length=32))
    message = "sequence_length 33 is more than the 32 positions"
    with pytest.raises(ConfigError, match=message):
        check_inputs(job_of(inputs, tmp_path, sequence_length=33))
    check_inputs(job_of(inputs, tmp_path, steps=None, sequence_length=33, stages=[SHORT]))
    stages = [{"steps": 4, "sequence_length": 33}]
    with pytest.raises(ConfigError, match=message):
        check_inputs(job_of(inputs, tmp_path, steps=None, stages=stages))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"zero_stage": 4}, "`zero_stage=4` is not a stage; write 0, 1, 2 or 3"),
        ({"micro_batch": 0}, "`micro_batch=0` must be above 0"),
        ({"log_steps": 0}, "`log_steps=0` must be above 0"),
        ({"checkpoint_minutes": -1.0}, r"`checkpoint_minutes=-1\.0` must be above 0"),
        ({"checkpoint_minutes": float("nan")}, "`checkpoint_minutes=nan` must be above 0"),
        ({"time_budget": -5.0}, r"`time_budget=-5\.0` must not be below 0"),
        ({"hang_minutes": -1.0}, r"`hang_minutes=-1\.0` must not be below 0"),
    ],
)
def test_impossible_options(
    inputs: Path, tmp_path: Path, option: dict[str, Any], message: str
) -> None:
    job = replace(job_of(inputs, tmp_path), machine=Machine(**option))
    with pytest.raises(ConfigError, match=message):
        check_inputs(job)


def test_a_seed_that_is_too_long(inputs: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"`seed={1 << 63}` has more than 63 bits"):
        check_inputs(replace(job_of(inputs, tmp_path), seed=1 << 63))


def test_tokens_of_another_tokenizer(inputs: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "other", {f"x{number}": number for number in range(VOCABULARY)})
    with pytest.raises(InputError, match="corpus other was encoded with another tokenizer"):
        check_inputs(job_of(inputs, tmp_path, tmp_path / "other"))


def test_ids_beyond_the_vocabulary(inputs: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "large", words_of(VOCABULARY + 9))
    with pytest.raises(InputError, match=f"ids up to {VOCABULARY + 8}, but the model"):
        check_inputs(job_of(inputs, tmp_path, tmp_path / "large"))


def test_a_token_beyond_the_vocabulary(inputs: Path, tmp_path: Path) -> None:
    with new_artifact(tmp_path / "text", "tokens") as staging:
        shutil.copytree(inputs / "tokens" / "text", staging, dirs_exist_ok=True)
        (staging / "manifest.json").unlink()
        path = staging / "train.ds"
        path.write_bytes(path.read_bytes()[:-2] + VOCABULARY.to_bytes(2, "little"))
    with pytest.raises(InputError, match=r"train\.ds has the id 60, .* has only 60"):
        check_inputs(job_of(inputs, tmp_path, tmp_path / "text"))


def test_a_tokenizer_that_is_none(inputs: Path, tmp_path: Path) -> None:
    with new_artifact(tmp_path / "model", "model") as staging:
        shutil.copyfile(inputs / "model" / "config.json", staging / "config.json")
        (staging / "tokenizer.json").write_text("{}")
    job = replace(job_of(inputs, tmp_path), model=tmp_path / "model")
    with pytest.raises(InputError, match="cannot be read"):
        check_inputs(job)


def test_empty_corpus(inputs: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "empty", words_of(VOCABULARY), documents=0)
    with pytest.raises(InputError, match="corpus empty has no training text"):
        check_inputs(job_of(inputs, tmp_path, tmp_path / "empty"))


def test_damaged_tokens(inputs: Path, tmp_path: Path) -> None:
    copy = tmp_path / "text"
    shutil.copytree(inputs / "tokens" / "text", copy)
    path = copy / "train.ds"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(ArtifactError, match=r"train\.ds has \d+ bytes instead of"):
        check_inputs(job_of(inputs, tmp_path, copy))


def test_other_settings_have_another_state(
    inputs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = job_of(inputs, tmp_path)
    first = state_folder(job, check_inputs(job).identity)
    assert state_folder(job, check_inputs(job).identity) == first
    assert json.loads((first / IDENTITY).read_text())["seed"] == 1
    changed = replace(job, recipe=job.recipe.model_copy(update={"learning_rate": 0.5}))
    caplog.set_level("INFO")
    second = state_folder(changed, check_inputs(changed).identity)
    assert second != first
    assert "learning_rate 0.0001 -> 0.5" in caplog.text


def test_the_measure_counts_where_it_stops_the_training(inputs: Path, tmp_path: Path) -> None:
    """It changes no weights, so elsewhere a training goes on when the evaluation changes."""

    def fingerprint(documents: int, **recipe: Any) -> str:
        measure = HeldOutMeasure(documents=documents)
        return check_inputs(
            replace(job_of(inputs, tmp_path, **recipe), measure=measure)
        ).fingerprint

    assert fingerprint(5) == fingerprint(6)
    assert fingerprint(5, early_stopping={}) != fingerprint(6, early_stopping={})


def test_a_training_of_an_earlier_version_goes_on(inputs: Path, tmp_path: Path) -> None:
    """Its recipe had a key that changed no weights, with this default."""
    job = job_of(inputs, tmp_path)
    identity = check_inputs(job).identity
    earlier = identity | {"recipe": identity["recipe"] | {"evaluation_rows": 512}}
    assert state_folder(job, identity).name == fingerprint_of_artifact(earlier)[:12]


@pytest.mark.parametrize(
    ("corpora", "message"),
    [
        ({}, "early_stopping needs held-out text"),
        ({"text": "nowhere"}, r"nowhere is missing, and its held-out documents are scored"),
    ],
)
def test_early_stopping_without_documents(
    inputs: Path, tmp_path: Path, corpora: dict[str, str], message: str
) -> None:
    given = {name: tmp_path / folder for name, folder in corpora.items()}
    job = replace(job_of(inputs, tmp_path, early_stopping={}), corpora=given)
    with pytest.raises(LingraftError, match=message):
        check_inputs(job)


@pytest.mark.parametrize("recipe", [{}, {"early_stopping": {}}])
def test_what_is_measured_elsewhere_is_not_part_of_the_identity(
    inputs: Path, tmp_path: Path, recipe: dict[str, Any]
) -> None:
    """So that a finished training is not repeated, nor waits for a corpus that is made later."""
    job = job_of(inputs, tmp_path, **recipe)
    given = {"other": inputs / "corpora" / "text", "later": tmp_path / "later"}
    found = check_inputs(replace(job, evaluation_corpora=given))
    assert list(found.elsewhere) == ["other"]
    assert list(found.held_out) == ["text"]
    assert found.fingerprint == check_inputs(job).fingerprint
    plain = job_of(inputs, tmp_path, **recipe, evaluate_elsewhere=False)
    silent = check_inputs(replace(plain, evaluation_corpora=given))
    assert silent.elsewhere == {}
    assert silent.fingerprint == found.fingerprint


def test_only_the_held_out_file_of_a_corpus_is_checked(inputs: Path, tmp_path: Path) -> None:
    """The rest may be a terabyte, and training reads its tokens."""
    for damaged, is_refused in (("train.jsonl", False), ("valid.jsonl", True)):
        with new_artifact(tmp_path / "text", "corpus", facts={"language": "swh_Latn"}) as staging:
            for name in ("train.jsonl", "valid.jsonl"):
                shutil.copyfile(inputs / "corpora" / "text" / "valid.jsonl", staging / name)
        (tmp_path / "text" / damaged).write_text("")
        for role in ("corpora", "evaluation_corpora"):
            job = replace(job_of(inputs, tmp_path), **{role: {"text": tmp_path / "text"}})
            with pytest.raises(ArtifactError) if is_refused else nullcontext():
                check_inputs(job)


def test_unwritable_state(inputs: Path, tmp_path: Path) -> None:
    job = job_of(inputs, tmp_path)
    (tmp_path / "state").write_text("a file is in the way")
    with pytest.raises(InputError, match=r"state folder .* cannot be written"):
        state_folder(job, check_inputs(job).identity)


@pytest.mark.parametrize(
    ("processes", "asked", "expected"), [(1, None, (24, 1)), (2, 4, (4, 3)), (4, 6, (6, 1))]
)
def test_micro_batches(processes: int, asked: int | None, expected: tuple[int, int]) -> None:
    stage = Pretraining(steps=1, batch_size=24, sequence_length=64).all_stages[0]
    assert micro_batch(stage, processes, "cpu", asked) == expected


def test_memory_bounds_the_micro_batch() -> None:
    stage = Pretraining(steps=1, batch_size=256, sequence_length=512).all_stages[0]
    assert micro_batch(stage, 1, "cpu", None) == (16, 16)


def test_impossible_batches() -> None:
    stage = Pretraining(steps=1, batch_size=24, sequence_length=64).all_stages[0]
    with pytest.raises(ConfigError, match="24 cannot be divided over 5 processes"):
        micro_batch(stage, 5, "cpu", None)
    with pytest.raises(ConfigError, match="12 rows each, which `micro_batch=5` does not divide"):
        micro_batch(stage, 2, "cpu", 5)


def test_documents_are_kept_apart_or_it_is_refused(inputs: Path, tmp_path: Path) -> None:
    check_inputs(job_of(inputs, tmp_path, attend_across_documents=False))
    with new_artifact(tmp_path / "electra", "model") as staging:
        for name in ("config.json", "tokenizer.json"):
            text = (inputs / "model" / name).read_text()
            (staging / name).write_text(text.replace('"bert"', '"electra"'))
    job = replace(
        job_of(inputs, tmp_path, attend_across_documents=False), model=tmp_path / "electra"
    )
    with pytest.raises(ConfigError, match=r"_documents: false has no effect .* electra"):
        check_inputs(job)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"corpora": ["more"]}, "wants the corpora more, but the run only has text"),
        ({"batch_size": 999}, "fewer than one batch of 999"),
        ({"batch_size": 999, "sequence_length": 12}, "fewer than one batch of 999"),
    ],
)
def test_later_stages_are_checked_before_the_first_is_trained(
    inputs: Path, tmp_path: Path, second: dict[str, Any], message: str
) -> None:
    stages = [{"steps": 4}, {"steps": 4, **second}]
    for packing in ("concatenate", "best-fit"):
        job = job_of(inputs, tmp_path, steps=None, stages=stages, packing=packing)
        with pytest.raises(InputError, match=message):
            check_inputs(job)


def test_names_of_tokens() -> None:
    assert name_tokens([Path("a/x"), Path("a/y")]) == {"x": Path("a/x"), "y": Path("a/y")}
    with pytest.raises(ConfigError, match="same name"):
        name_tokens([Path("a/x"), Path("b/x")])
    with pytest.raises(ConfigError, match="no folder of encoded text"):
        name_tokens([])
