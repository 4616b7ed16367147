from pathlib import Path

import pytest
from tuned import with_encoder

from lingraft.config.pretraining import Masking, Pretraining
from lingraft.config.tokenizers import ExtendedTokenizer, PrunedTokenizer
from lingraft.config.training_stages import Stage
from lingraft.estimate.catalogue import ModelShape
from lingraft.estimate.compute import (
    Device,
    operations,
    shape_of,
    tuning_work,
    vocabulary_size,
    work,
)
from lingraft.experiment.loading import load

ROOT = Path(__file__).parents[3]
BASE = ModelShape(12, 768, 3072, 50_265)


def recipe(**changes: object) -> Pretraining:
    return Pretraining.model_validate(
        {"steps": 10, "batch_size": 2, "sequence_length": 128, "objective": "causal"} | changes
    )


def test_six_operations_for_each_weight_and_token() -> None:
    tokens = 10 * 2 * 128
    attention = 12 * 12 * 768 * 128
    expected = tokens * (6 * (12 * 12 * 768**2 + 768 * 1000) + attention)
    assert operations(BASE, 1000, None, recipe()) == pytest.approx(expected)


def test_masked_models_predict_a_share_of_the_vocabulary() -> None:
    masked = recipe(objective="masked", masking=Masking(probability=0.15))
    without = operations(BASE, 0, None, recipe())
    of_all = operations(BASE, 1000, None, recipe()) - without
    assert operations(BASE, 1000, None, masked) - without == pytest.approx(0.15 * of_all)


def test_a_factorization_costs_its_width() -> None:
    without = operations(BASE, 0, None, recipe())
    tokens = 10 * 2 * 128
    cost = operations(BASE, 400_000, 100, recipe()) - without
    assert cost == pytest.approx(6 * tokens * (400_000 * 100 + 768 * 100))


def test_stages_that_train_less_compute_less() -> None:
    half = [Stage(steps=5, train="embeddings"), Stage(steps=5)]
    staged = operations(BASE, 1000, None, recipe(steps=None, stages=half))
    assert operations(BASE, 1000, None, recipe(train="embeddings")) < staged
    assert staged < operations(BASE, 1000, None, recipe())


@pytest.mark.parametrize(("train", "other"), [("body", "all"), ("new-rows", "embeddings")])
def test_gradients_go_as_far_down_as_what_is_trained(train: str, other: str) -> None:
    named, like = (operations(BASE, 1000, None, recipe(train=name)) for name in (train, other))
    assert named == like


def test_a_teacher_reads_the_text_too() -> None:
    stage = {"steps": 10, "train": "new-rows"}
    alone, taught, predicting, untaught = (
        operations(BASE, entries, None, recipe(steps=None, stages=[stage | more]))
        for entries, more in (
            (0, {}),
            (1000, {"distillation": {}}),  # the head is not asked
            (1000, {"distillation": {"losses": {"hidden": 1.0, "next-token": 1.0}}}),
            (1000, {"distillation": {"losses": {"next-token": 1.0}}}),
        )
    )
    without = operations(BASE, 0, None, recipe(train="head"))  # 2 for each weight of the body
    assert taught - alone == pytest.approx(without)
    assert predicting - untaught == pytest.approx(without)
    assert predicting > taught


def test_a_vocabulary_that_is_made_from_another_one_is_foreseen() -> None:
    config = load(ROOT / "config" / "tiny.yaml")
    text = {"corpora": ("swahili",), "tokenizer": "swahili"}
    base = vocabulary_size(config, "swahili")
    assert base is not None
    config.tokenizers.update(
        {
            "more": ExtendedTokenizer(algorithm="extend", added=50, tokens={"<path>": ""}, **text),
            "less": PrunedTokenizer(algorithm="prune", vocabulary_size=100, **text),
            "used": PrunedTokenizer(algorithm="prune", minimum_count=1, **text),
            "other": PrunedTokenizer(
                algorithm="prune", minimum_count=1, corpora=("swahili",), model="tiny-bert"
            ),
        }
    )
    assert vocabulary_size(config, "more") == base + 51
    assert vocabulary_size(config, "less") == 100
    assert vocabulary_size(config, "used") == base  # at most
    assert vocabulary_size(config, "other") == 400  # of the packaged model


def test_the_papers_runs() -> None:
    config = load(ROOT / "config" / "paper" / "ofa-multi.yaml")
    assert vocabulary_size(config, "glot500") == 401_145
    by_name = {item.training.initialization: item for item in work(config)}
    assert by_name["random"].tokens == 250_000 * 384 * 512
    # 85 million weights, 10 % for attention, 46 million of the output layer's predicted share
    assert by_name["random"].operations == pytest.approx(6 * 49.15e9 * 141e6, rel=0.03)
    small, full = (by_name[name].operations or 0 for name in ("ofa-100", "ofa-768"))
    assert small < full == by_name["random"].operations  # a width of all dimensions is none
    assert by_name["random"].hours(Device()) == pytest.approx((full / 312e12 / 0.35) / 3600)


def test_an_encoder_reads_all_texts_and_the_language_model_the_last_one_again() -> None:
    config = with_encoder(load(ROOT / "config" / "paper" / "focus.yaml"))
    (item,) = tuning_work(config)
    tokens = 50 * 64 * 128
    found = shape_of(config, item.training)
    assert found is not None
    shape, vocabulary, _ = found
    body = shape.body + 2 * shape.layers * shape.dimension * 128
    assert item.tokens == 2 * tokens and item.encoder == "distilled"
    assert item.operations == pytest.approx(6 * 2 * tokens * body)
    shared = with_encoder(config, language_model_share=0.1)
    output = 0.15 * vocabulary * shape.dimension
    again = (tuning_work(shared)[0].operations or 0) - (item.operations or 0)
    assert again == pytest.approx(6 * tokens * (body + output))


def test_each_initialization_costs_its_own_recipe() -> None:
    config = load(ROOT / "config" / "tiny.yaml")
    longer = config.pretraining["short"].model_copy(update={"steps": 12})
    config.pretraining["longer"] = longer
    recipes = {"random": "short", "wechsel": "longer"}
    changed = config.runs["swahili"].model_copy(update={"pretraining": recipes})
    before = {item.training.initialization: item for item in work(config)}
    config.runs["swahili"] = changed
    after = {item.training.initialization: item for item in work(config)}
    assert after.keys() == recipes.keys() < before.keys()
    assert after["random"] == before["random"]
    assert after["wechsel"].tokens == 2 * before["wechsel"].tokens  # 12 steps and not 6


def test_runs_without_training_cost_nothing_here() -> None:
    assert work(load(ROOT / "config" / "paper" / "hyperofa-table3.yaml")) == []
