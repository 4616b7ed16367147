"""Recipes: stages filled in, and settings that could have no effect refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from lingraft.config.checking import check_block
from lingraft.config.pretraining import Masking, Pretraining
from lingraft.errors import ConfigError


def test_stages_take_what_they_lack_from_the_recipe() -> None:
    recipe = Pretraining.model_validate(
        {
            "learning_rate": 2e-4,
            "batch_size": 32,
            "stages": [
                {"steps": 10, "train": "embeddings", "learning_rate": 1e-3},
                {"steps": 90, "sequence_length": 128, "corpora": ["a"]},
            ],
        }
    )
    first, second = recipe.all_stages
    assert (first.train, first.learning_rate, first.sequence_length) == ("embeddings", 1e-3, 512)
    assert (second.train, second.learning_rate, second.sequence_length) == ("all", 2e-4, 128)
    assert (second.batch_size, second.corpora) == (32, ("a",))
    assert recipe.total_steps == 100
    assert recipe.evaluation_interval == 10


def test_stages_have_rates_of_embeddings_of_their_own() -> None:
    recipe = Pretraining.model_validate(
        {
            "embedding_learning_rate": 1e-3,
            "stages": [{"steps": 1, "embedding_learning_rate": 2.0}, {"steps": 1}],
        }
    )
    assert [stage.embedding_learning_rate for stage in recipe.all_stages] == [2.0, 1e-3]


@pytest.mark.parametrize("content", [{}, {"steps": 1, "stages": [{"steps": 1}]}])
def test_either_steps_or_stages(content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="give either `steps` or `stages`"):
        Pretraining.model_validate(content)


TAUGHT: dict[str, Any] = {"steps": 1, "train": "new-rows", "distillation": {}}
OF_TEXT: list[dict[str, Any]] = [  # what a stage with a teacher does not read
    {"packing": "documents"},
    {"masking": {}},
    {"stochastok": 0.1},
    {"bpe_dropout": 0.1},
    {"subword_sampling": 0.0},
    {"attend_across_documents": False},
    {"sampling_exponent": 0.5},
    {"corpus_weights": {"a": 1}},
    {"future_tokens": 1, "objective": "causal"},
]


@pytest.mark.parametrize("content", OF_TEXT)
def test_other_stages_read_text(content: dict[str, Any]) -> None:
    assert check_block(Pretraining, {"stages": [TAUGHT, {"steps": 1}], **content}, "").reads_text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"objective": "causal", "masking": {}}, "masking would .* it needs objective: masked"),
        ({"decoder_mask": 0.4}, "decoder_mask would .* it needs objective: retromae or dupmae"),
        (
            {"objective": "retromae", "bag_of_words_weight": 0.2},
            "bag_of_words_weight would have no effect here: it needs objective: dupmae",
        ),
        (
            {"packing": "documents", "attend_across_documents": False},
            "attend_across_documents would .* it needs several documents in a row",
        ),
        (
            {"objective": "dupmae", "packing": "concatenate", "attend_across_documents": False},
            "attend_across_documents does not fit objective: dupmae, whose rows are one text each",
        ),
        (
            {"objective": "retromae", "packing": "best-fit"},
            "packing: best-fit does not fit objective: retromae",
        ),
        (
            {"stochastok": 0.1, "subword_sampling": 0.0},
            "stochastok and subword_sampling each cut words anew; keep one of them",
        ),
        (
            {"bpe_dropout": 0.1, "subword_sampling": 0.2},
            "bpe_dropout and subword_sampling each cut words anew",
        ),
        ({"decay": 0.2}, "decay would have no effect here: it needs schedule: wsd"),
        (
            {"schedule": "constant", "final_learning_rate": 0.1},
            "final_learning_rate would have no effect here: it needs a schedule that falls",
        ),
        (
            {"corpus_weights": {"a": 1}, "sampling_exponent": 0.5},
            "sampling_exponent would have no effect here: it yields to corpus_weights",
        ),
        ({"train": "head", "adapter": {}}, "adapter would .* it needs a stage with train: all"),
        (
            {"steps": None, "train": "head", "stages": [{"steps": 1}]},
            "train would have no effect here: it is set in each of the stages",
        ),
        *[
            (
                {"steps": None, "stages": [TAUGHT], **content},
                f"{next(iter(content))} would have no effect here: it needs a stage without",
            )
            for content in OF_TEXT
        ],
        *[
            (
                {"steps": None, **recipe, "stages": [{"steps": 1, "learning_rate": 1e-3, **stage}]},
                f"learning_rate of a stage with train: {stage['train']} would have no effect here",
            )
            for recipe, stage in (
                ({"embedding_learning_rate": 1e-4}, {"train": "new-rows"}),
                ({}, {"train": "embeddings", "embedding_learning_rate": 1e-4}),
            )
        ],
    ],
)
def test_nothing_that_is_set_is_ignored(content: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_block(Pretraining, {"steps": 1, **content}, "recipe.yaml")


@pytest.mark.parametrize("key", ["learning_rate", "gradient_clipping", "weight_decay"])
def test_numbers_are_finite(key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key}: Input should be a finite number"):
        check_block(Pretraining, {"steps": 1, key: float("inf")}, "recipe.yaml")


def test_what_has_an_effect_is_welcome() -> None:
    for content in (
        {"masking": {"whole_words": True}},
        {"schedule": "wsd", "decay": 0.2, "final_learning_rate": 0.1},
        {"objective": "causal", "adapter": {"rank": 8, "targets": ["q_proj"]}},
        {"objective": "causal", "adapter": None},
    ):
        Pretraining.model_validate({"steps": 1, **content})


def test_a_key_of_earlier_versions_says_what_is_in_its_place() -> None:
    content = {"steps": 1, "evaluation_rows": 128}
    with pytest.raises(ConfigError) as caught:
        check_block(Pretraining, content, "my.yaml")
    assert str(caught.value) == (
        "my.yaml: evaluation_rows is no longer a key: trainings are evaluated on the documents of "
        "evaluation.language_model; set `documents` there and delete this key"
    )


def test_objectives_for_retrieval_bring_their_own_values() -> None:
    retromae = Pretraining.model_validate({"steps": 1, "objective": "retromae"})
    assert (retromae.masking.probability, retromae.masking.whole_words) == (0.3, True)
    assert (retromae.decoder_mask, retromae.bag_of_words_weight) == (0.5, None)
    assert (retromae.packing, retromae.predicts, retromae.rebuilds) == ("documents", "masked", True)
    content = {
        "steps": 1,
        "objective": "dupmae",
        "masking": {"whole_words": False},
        "decoder_mask": 0.7,
        "packing": "concatenate",
    }
    dupmae = Pretraining.model_validate(content)
    assert (dupmae.masking.probability, dupmae.masking.whole_words) == (0.3, False)
    assert (dupmae.decoder_mask, dupmae.bag_of_words_weight) == (0.7, 0.1)
    assert dupmae.packing == "concatenate"
    written = dupmae.model_dump(mode="json", exclude_unset=True)
    assert Pretraining.model_validate(written) == dupmae


def test_an_unset_objective_is_that_of_the_model() -> None:
    recipe = Pretraining(steps=3, batch_size=8)
    causal, masked = recipe.of_model("causal"), recipe.of_model("masked")
    assert (causal.objective, causal.predicts, causal.steps) == ("causal", "causal", 3)
    assert masked == Pretraining(steps=3, batch_size=8, objective="masked")
    assert masked.of_model("causal") is masked  # one that is set stays, and is refused later
    with pytest.raises(ConfigError, match=r"masking would have no effect .*: masked"):
        Pretraining(steps=1, masking=Masking(probability=0.2)).of_model("causal")
    with pytest.raises(ConfigError, match=r"future_tokens would have no effect .*: causal"):
        Pretraining(steps=1, future_tokens=1).of_model("masked")


def test_the_values_of_other_objectives_are_as_they_were() -> None:
    written = Pretraining(steps=1).model_dump(mode="json", exclude_none=True)
    assert not {"decoder_mask", "bag_of_words_weight"} & set(written)
    assert (written["masking"]["probability"], written["packing"]) == (0.15, "concatenate")


def test_ways_to_cut_words_leave_earlier_recipes_as_they_were() -> None:
    plain = check_block(Pretraining, {"steps": 1}, "")
    record = plain.model_dump(mode="json", exclude_none=True)
    assert "stochastok" in record and not {"bpe_dropout", "subword_sampling"} & record.keys()
    both = check_block(Pretraining, {"steps": 1, "stochastok": 0, "bpe_dropout": 0.1}, "")
    assert both.bpe_dropout == 0.1
