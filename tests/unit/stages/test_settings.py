"""The settings that Snakemake compares."""

import json
from typing import Any

import pytest

from lingraft.corpus.normalizers import NORMALIZERS
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.stages.settings import (
    STAGE_VERSION,
    cleaning_block,
    evaluation_block,
    settings_text,
)


def _config(**corpus: Any) -> Config:
    block = {"language": "hin_Deva", "texts": [{"source": "text", "format": "text"}]}
    content = {
        "experiment": "settings",
        "sources": {"text": {"kind": "local", "path": "data"}},
        "corpora": {"hindi": block | corpus},
    }
    return check(content, "test")


def test_a_normalizer_plans_the_corpus_anew_and_none_does_not() -> None:
    plain = settings_text(_config().corpora["hindi"], "corpus")
    none = settings_text(_config(normalizer={"name": "none"}).corpora["hindi"], "corpus")
    other = settings_text(_config(normalizer={"name": "wx"}).corpora["hindi"], "corpus")
    assert plain == none != other
    # What is cleaned is the original: shards stay as they are.
    block = cleaning_block(_config(normalizer={"name": "wx"}), "hindi")
    assert settings_text(block, "corpus") == plain


def test_a_normalizer_whose_rules_changed_plans_its_corpora_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = []
    for revision in (0, 3):
        monkeypatch.setattr(NORMALIZERS["wx"], "revision", revision)
        blocks = (_config(), _config(normalizer={"name": "wx"}))
        texts.append([settings_text(block.corpora["hindi"], "corpus") for block in blocks])
    assert texts[0][0] == texts[1][0] and "stage_version" not in texts[0][1]
    assert json.loads(texts[1][1])["stage_version"] == STAGE_VERSION["corpus"] + 3


def _evaluation(tasks: list[str], **chosen: Any) -> dict[str, Any]:
    """What an evaluation of some tasks is planned by."""
    names = ("retrieval", "tokenizer", "lexicon", "xnli")
    evaluation = {name: {} for name in names} | {"xnli": {"data": "nli"}} | chosen
    block = type(_config().evaluation).model_validate(evaluation)
    config = _config().model_copy(update={"evaluation": block})
    found: dict[str, Any] = json.loads(settings_text(evaluation_block(config, tasks), "evaluation"))
    return found


def test_precision_plans_what_reads_a_model_anew_and_nothing_else() -> None:
    for said in ({}, {"precision": "fp32"}):
        assert _evaluation(["retrieval"], **said) == {"retrieval": {}}
    fast = {"precision": "fast"}
    assert _evaluation(["retrieval", "xnli"], **fast)["precision"] == "fast"
    # These read no model, or one that they train in an arithmetic of their own.
    for task in ("tokenizer", "lexicon", "xnli"):
        assert _evaluation([task], **fast) == _evaluation([task])
