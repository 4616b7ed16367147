"""Which runs are a study over many languages, and how its languages are grouped."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from synthetic import configuration, write_results

from lingraft.config.report import Report
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.studies import Study, StudyLanguage, groups_of, studies

THREE = {"swahili": ["swh_Latn"], "chinese": ["zho_Hans"], "hindi": ["hin_Deva"]}
NAMES = ("random", "wechsel")


def found(config: Config, folder: Path) -> list[Study]:
    results = folder / "results"
    results.mkdir(exist_ok=True)
    return studies(config, collect(config, results))


def with_run(config: Config, run: str, **update: Any) -> Config:
    changed = config.runs[run].model_copy(update=update)
    return config.model_copy(update={"runs": {**config.runs, run: changed}})


def test_three_languages_of_one_model_and_recipe_are_a_study(tmp_path: Path) -> None:
    [study] = found(configuration(THREE, NAMES), tmp_path)
    assert {each.run: each.code for each in study.languages} == {
        run: codes[0] for run, codes in THREE.items()
    }
    assert (study.model, study.methods) == ("minilm", [*NAMES])
    assert study.recipes == dict.fromkeys(NAMES, "short")


def test_two_languages_or_several_in_one_run_are_none(tmp_path: Path) -> None:
    assert not found(configuration(initializations=NAMES), tmp_path)
    together = {"many": ["swh_Latn", "zho_Hans", "hin_Deva"]}
    assert not found(configuration(together, NAMES), tmp_path)


def test_another_recipe_is_another_study(tmp_path: Path) -> None:
    config = configuration(THREE, NAMES)
    assert not found(with_run(config, "hindi", pretraining=None), tmp_path)


def test_a_recipe_written_for_each_method_is_the_same_recipe(tmp_path: Path) -> None:
    config = configuration(THREE, NAMES)
    [study] = found(with_run(config, "hindi", pretraining=dict.fromkeys(NAMES, "short")), tmp_path)
    assert set(study.runs) == set(THREE) and study.recipes == dict.fromkeys(NAMES, "short")


def test_runs_that_train_a_method_otherwise_are_another_study(tmp_path: Path) -> None:
    config = configuration(THREE, NAMES)
    assert not found(with_run(config, "hindi", pretraining={"wechsel": "short"}), tmp_path)
    for run in THREE:
        config = with_run(config, run, pretraining={"wechsel": "short"})
    [study] = found(config, tmp_path)
    assert study.recipes == {"random": None, "wechsel": "short"}
    assert (study.at("initialized"), study.at("pretrained")) == ([*NAMES], ["wechsel"])


def test_two_studies_of_one_model_have_two_names(tmp_path: Path) -> None:
    six = {**THREE, "turkish": ["tur_Latn"], "german": ["deu_Latn"], "french": ["fra_Latn"]}
    config = configuration(six, NAMES)
    for run in ("turkish", "german", "french"):
        config = with_run(config, run, pretraining=None)
    first, second = found(config, tmp_path)
    assert (first.model, second.model) == ("minilm", "minilm")
    assert (first.name, second.name) == ("minilm", "minilm-2")


def test_english_beside_a_language_is_not_a_second_one(tmp_path: Path) -> None:
    config = configuration(THREE, NAMES)
    [study] = found(with_run(config, "hindi", corpora=["hin_Deva", "english"]), tmp_path)
    assert study.runs["hindi"].code == "hin_Deva"


def test_a_second_run_of_a_language_does_not_count(tmp_path: Path) -> None:
    config = configuration(THREE, NAMES)
    again = config.runs["swahili"].model_copy(update={"tokenizer": "chinese"})
    config = config.model_copy(update={"runs": {**config.runs, "again": again}})
    [study] = found(config, tmp_path)
    assert set(study.runs) == set(THREE)


def test_a_method_of_two_languages_is_not_compared(tmp_path: Path) -> None:
    config = configuration(THREE, (*NAMES, "focus"))
    [study] = found(with_run(config, "hindi", initializations=["random", "wechsel"]), tmp_path)
    assert study.methods == [*NAMES]


def test_sizes_come_from_the_corpora(tmp_path: Path) -> None:
    config = configuration(THREE, NAMES)
    results = write_results(config, tmp_path, 10, 10)
    [study] = studies(config, collect(config, results))
    assert [each.text_bytes for each in study.languages] == [700_000, 700_000, 20_000]
    swahili = study.runs["swahili"]
    assert (swahili.documents, swahili.pairs, swahili.script) == (9000, 8750, "Latn")


def test_without_corpora_sizes_are_not_known(tmp_path: Path) -> None:
    [study] = found(configuration(THREE, NAMES), tmp_path)
    assert {(x.text_bytes, x.documents, x.pairs) for x in study.languages} == {(None, None, None)}
    assert set(groups_of(study, Report())) == {"Latin script", "other scripts"}


LANGUAGES = [
    StudyLanguage("large", "deu_Latn", 1_000_000, 9, 50_000),
    StudyLanguage("middle", "amh_Ethi", 999_999, 9, 10_000),
    StudyLanguage("least", "cym_Latn", 100_000, 9, 0),
    StudyLanguage("small", "orm_Latn", 99_999, 9, 800),
]


def test_groups_are_by_text_pairs_script_and_configuration() -> None:
    study = Study("m", "m", {}, LANGUAGES, ["a", "b"])
    report = Report(groups={"west": ("deu_Latn", "cym_Latn")})
    runs = {name: [x.run for x in own] for name, own in groups_of(study, report).items()}
    assert runs == {
        "text < 100 KB": ["small"],
        "text 100 KB to 1 MB": ["middle", "least"],
        "text ≥ 1 MB": ["large"],
        "with pairs": ["large", "middle", "small"],
        "without pairs": ["least"],
        "Latin script": ["large", "least", "small"],
        "other scripts": ["middle"],
        "west": ["large", "least"],
    }


@pytest.mark.parametrize("absent", ["without pairs", "with pairs"])
def test_a_group_of_all_or_of_none_says_nothing(absent: str) -> None:
    languages = [replace(x, pairs=100) for x in LANGUAGES]
    assert absent not in groups_of(Study("m", "m", {}, languages, ["a", "b"]), Report())
