"""Blocks of `generators`: what fits together, and what is answered by its key."""

import pytest

from lingraft.config.checking import check_choice
from lingraft.errors import ConfigError
from lingraft.initialization.generation.lessons import learning_rate
from lingraft.initialization.generators import AnyGenerator


def block(**content):
    return check_choice(AnyGenerator, {"model": "bert", **content}, "generator")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"method": "hyperofa"}, "either `vectors` or `alignments`"),
        (
            {"method": "hyperofa", "vectors": "a", "alignments": ["b"]},
            "either `vectors` or `alignments`",
        ),
        (
            {"method": "hyperofa", "vectors": "a", "heads": 2},
            "heads would have no effect with network_type: lstm",
        ),
        (
            {"method": "hyperofa", "vectors": "a", "network_type": "set", "hidden": 2},
            "hidden would have no effect with network_type: set",
        ),
        ({"method": "hypernetwork", "decay": 0.5}, "decay would have no effect here"),
        ({"method": "byte2word", "decay_epochs": 5}, "decay_epochs would have no effect here"),
        ({"method": "hypernetwork", "hidden": 10, "heads": 4}, "4 heads cannot share"),
        ({"method": "byte2word", "hidden": 10, "heads": 4}, "4 heads cannot share"),
        (
            {"method": "hypernetwork", "least_dropped": 0.8, "most_dropped": 0.2},
            "least_dropped is more than most_dropped",
        ),
        ({"method": "hyper"}, "'hyper' is unknown"),
    ],
)
def test_mistakes_are_answered(content, said) -> None:
    with pytest.raises(ConfigError, match=said):
        block(**content)


def test_what_a_generator_is_made_from() -> None:
    aligned = block(method="hyperofa", alignments=["a", "b"])
    assert list(aligned.made_from) == [
        ("models", "bert"), ("alignments", "a"), ("alignments", "b"),
    ]  # fmt: skip
    assert list(block(method="hyperofa", vectors="v").made_from)[1:] == [("vectors", "v")]
    assert list(block(method="byte2word").made_from) == [("models", "bert")]


def test_the_learning_rate_falls_linearly_or_in_steps() -> None:
    linear = block(method="byte2word", learning_rate=1.0, epochs=4)
    assert [learning_rate(linear, epochs) for epochs in (0, 1, 3.5)] == [1.0, 0.75, 0.125]
    steps = block(method="hyperofa", vectors="v", learning_rate=1.0, decay=0.5, decay_epochs=2)
    assert [learning_rate(steps, epochs) for epochs in (0, 1.9, 2, 5)] == [1.0, 1.0, 0.5, 0.25]


@pytest.mark.parametrize("method", ["byte2word", "hypernetwork", "hyperofa", "set"])
def test_small_experiments_have_valid_options(method: str) -> None:
    name = "hyperofa" if method == "set" else method
    content = {"method": name} | ({"vectors": "v"} if name == "hyperofa" else {})
    content |= {"network_type": "set"} if method == "set" else {}
    assert block(**content | dict(block(**content).small)).epochs == 2
