from pathlib import Path

import pytest
from transformers import GPT2Config, GPT2Model, RobertaConfig, RobertaModel

from lingraft.corpus.sources.debian import DebianSource
from lingraft.corpus.sources.http import HttpSource
from lingraft.corpus.sources.hub import HubSource
from lingraft.corpus.sources.local import LocalSource
from lingraft.estimate.catalogue import ModelShape, look_up, model_shape

ROOT = Path(__file__).parents[3]


def test_known_downloads_have_size_and_license() -> None:
    found = look_up(DebianSource(kind="debian", package="chromium-l10n"))
    assert (found.size, found.license, found.is_exact) == (8_902_456, "BSD-3-Clause", True)


def test_unknown_ones_say_so() -> None:
    found = look_up(HttpSource(kind="http", url="https://example.org/x.zip"))
    assert (found.size, found.license) == (None, "unknown")


def test_what_the_configuration_says_comes_first() -> None:
    source = HttpSource(kind="http", url="https://example.org/x.zip", size=7, license="MIT")
    assert (look_up(source).size, look_up(source).license) == (7, "MIT")


def test_a_part_of_a_repository_has_its_own_size() -> None:
    part = HubSource(
        kind="hub", repository="cis-lmu/glot500-base", keep=("sentencepiece.bpe.model",)
    )
    whole = HubSource(kind="hub", repository="cis-lmu/glot500-base")
    assert (look_up(part).size or 0) < 10_000_000 < (look_up(whole).size or 0)


def test_local_sources_are_measured_where_they_are() -> None:
    there = look_up(LocalSource(kind="local", path=str(ROOT / "tests" / "data" / "tiny")))
    assert there.size and there.size > 10_000
    assert look_up(LocalSource(kind="local", path="nowhere")).size is None


@pytest.mark.parametrize("family", ["roberta", "gpt2"])
def test_the_shape_of_a_local_model_is_read(family: str) -> None:
    source = LocalSource(kind="local", path=str(ROOT / "tests" / "data" / "scaled"))
    assert model_shape(source, family) == ModelShape(2, 32, 64 if family == "roberta" else 128, 400)
    assert model_shape(source, "vocabulary") is None


@pytest.mark.parametrize("family", ["roberta", "gpt2"])
def test_weights_of_the_body_are_those_of_the_model(family: str) -> None:
    if family == "roberta":
        body = RobertaModel(
            RobertaConfig(vocab_size=50, hidden_size=32, num_hidden_layers=3, num_attention_heads=2,
                          intermediate_size=64), add_pooling_layer=False,
        ).encoder  # fmt: skip
    else:
        body = GPT2Model(GPT2Config(vocab_size=50, n_embd=32, n_layer=3, n_head=2, n_inner=64)).h
    matrices = sum(p.numel() for p in body.parameters() if p.dim() == 2)
    assert ModelShape(3, 32, 64, 50).body == matrices
