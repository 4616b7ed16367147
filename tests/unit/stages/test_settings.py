"""The settings that Snakemake compares."""

from typing import Any

from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.stages.settings import cleaning_block, settings_text


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
