"""Tasks of BIG-bench, from an archive laid out like the package, become sets that tasks read."""

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lingraft.artifacts import new_artifact, verify
from lingraft.config.datasets import BigBenchDataset
from lingraft.corpus.fetching.archives import unpack
from lingraft.errors import InputError
from lingraft.evaluation.data.reading import read_examples
from lingraft.evaluation.data.stage import prepare_dataset

ROOT = "bigbench-1.0.0/bigbench/benchmark_tasks"
KEEP = ("*/vitaminc_fact_verification/task.json", "*/multiemo/hotels_text_*/task.json")
CLAIM = r"^(?P<premise>.*)\nClaim: (?P<hypothesis>.*)$"


def task(examples: list[tuple[str, str]], labels: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": "a task",
        "examples": [
            {"input": text, "target_scores": {name: int(name == right) for name in labels}}
            for text, right in examples
        ],
    }


def package(folder: Path, tasks: Mapping[str, Any]) -> Path:
    """A download of a source distribution with these tasks, unpacked as the source unpacks it."""
    archive = folder.with_name("bigbench-1.0.0.tar.gz")
    contents = {f"{ROOT}/{name}/task.json": json.dumps(content) for name, content in tasks.items()}
    contents |= {"bigbench-1.0.0/PKG-INFO": "Name: bigbench\n", f"{ROOT}/other/task.json": "{}"}
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content.encode())
            tar.addfile(member, io.BytesIO(content.encode()))
    with new_artifact(folder, "download", facts={"license": None}) as staging:
        unpack(archive, staging / "files", KEEP)
    return folder


def claims(pages: int = 60) -> dict[str, Any]:
    """Three claims about each page, as VitaminC has them: next to the same."""
    rights = ("True", "False", "Neither")
    examples = [
        (f"Page {page}: it sold {n} records .\nClaim: it sold {n} .", rights[n % 3])
        for page in range(pages)
        for n in range(3)
    ]
    return task(examples, rights)


def settings(**changes: Any) -> BigBenchDataset:
    values = {
        "source": "bigbench",
        "format": "bigbench",
        "files": "*/vitaminc_fact_verification/task.json",
        "languages": {"eng_Latn": "en"},
        "parts": CLAIM,
        "labels": {"True": "entailment", "False": "contradiction", "Neither": "neutral"},
        "group": "^[^:]+",
    }
    return BigBenchDataset.model_validate({**values, **changes})


def test_claims_become_premises_and_hypotheses_split_by_page(tmp_path: Path) -> None:
    source = package(tmp_path / "d", {"vitaminc_fact_verification": claims()})
    assert not list((source / "files").rglob("other"))
    prepare_dataset(settings(), source, tmp_path / "data")
    folder = tmp_path / "data" / "eng_Latn"
    parts = {name: read_examples(folder, name) for name in ("train", "valid", "test")}
    assert sum(map(len, parts.values())) == 180
    assert all(parts.values())
    first = parts["train"][0]
    assert first.text.startswith("Page ") and first.text.endswith(" records .")
    assert first.second is not None and first.second.startswith("it sold ")
    assert {e.label for e in parts["train"]} == {"entailment", "contradiction", "neutral"}
    pages = {name: {e.text.split(":")[0] for e in part} for name, part in parts.items()}
    assert not pages["train"] & pages["test"] and not pages["valid"] & pages["test"]
    assert verify(tmp_path / "data", "dataset").facts.languages["eng_Latn"]["test"] == len(
        parts["test"]
    )


def test_translations_fall_into_the_same_set(tmp_path: Path) -> None:
    labels = ("positive", "negative")
    reviews = {
        f"multiemo/hotels_text_{code}": task(
            [(f"{code} {i}", labels[i % 2]) for i in range(80)], labels
        )
        for code in ("en", "de")
    }
    source = package(tmp_path / "d", reviews)
    reviewed = settings(
        files="*/multiemo/hotels_text_{code}/task.json",
        languages={"eng_Latn": "en", "deu_Latn": "de"},
        parts=None,
        labels={},
        group=None,
    )
    prepare_dataset(reviewed, source, tmp_path / "data")
    for name in ("train", "valid", "test"):
        english = read_examples(tmp_path / "data" / "eng_Latn", name)
        german = read_examples(tmp_path / "data" / "deu_Latn", name)
        assert [(e.id, e.label) for e in english] == [(e.id, e.label) for e in german]
        assert english[0].text.removeprefix("en") == german[0].text.removeprefix("de")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a task of BIG-bench"),
        ({"examples": []}, "has no examples"),
        ({"examples": [{"target": "x"}]}, 'example 0 has no "input"'),
        (task([("no claim", "True")], ("True",)), "example 0: .* does not match `parts`"),
        (task([("a\nClaim: b", "Other")], ("True",)), "one label the score 1"),
        (task([(": a\nClaim: b", "True")], ("True",)), "does not match `group`"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, content: Any, message: str) -> None:
    source = tmp_path / "d"
    with new_artifact(source, "download") as staging:
        path = staging / "files" / ROOT / "vitaminc_fact_verification" / "task.json"
        path.parent.mkdir(parents=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    with pytest.raises(InputError, match=message):
        prepare_dataset(settings(), source, tmp_path / "data")
    assert not (tmp_path / "data" / "manifest.json").exists()


def test_a_missing_language_and_an_ambiguous_pattern_are_named(tmp_path: Path) -> None:
    source = package(
        tmp_path / "d",
        {"vitaminc_fact_verification": claims(), "multiemo/hotels_text_en": claims()},
    )
    with pytest.raises(InputError, match="no files"):
        prepare_dataset(settings(files="*/absent/*"), source, tmp_path / "data")
    with pytest.raises(InputError, match="2 files"):
        prepare_dataset(settings(files="*/task.json"), source, tmp_path / "data")


@pytest.mark.parametrize(
    "change", [{"parts": "("}, {"parts": "(?P<claim>.*)"}, {"group": "["}, {"test_fraction": 0.6}]
)
def test_mistakes_in_the_settings_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**change)


def test_shares_of_the_groups_are_the_users(tmp_path: Path) -> None:
    source = package(tmp_path / "d", {"vitaminc_fact_verification": claims(200)})
    shares = {"valid_fraction": 0.4, "test_fraction": 0.05}
    prepare_dataset(settings(**shares), source, tmp_path / "data")
    folder = tmp_path / "data" / "eng_Latn"
    sizes = {name: len(read_examples(folder, name)) / 600 for name in ("train", "valid", "test")}
    assert sizes == pytest.approx({"train": 0.55, "valid": 0.4, "test": 0.05}, abs=0.1)
