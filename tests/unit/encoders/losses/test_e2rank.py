"""E2Rank: RankNet in its softplus form, the sum of both losses, and prompts that tell no rank."""

import math
from collections.abc import Callable
from itertools import combinations

import pytest
import torch
from loss_samples import Asked, example, examples_of

from lingraft.encoders.losses.e2rank import E2Rank
from lingraft.encoders.losses.infonce import InfoNce
from lingraft.encoders.modules.listwise_ranking import rank_net
from lingraft.errors import InputError

Ask = Callable[..., Asked]
BATCH = [0, 2, 5]


def slow_rank_net(rows: list[list[float]]) -> float:
    """The binary cross-entropy, with target 1, of every gap between a better and a worse one."""
    gaps = [row[i] - row[j] for row in rows for i, j in combinations(range(len(row)), 2)]
    return sum(-math.log(1 / (1 + math.exp(-gap))) for gap in gaps) / len(gaps)


def test_rank_net_is_the_mean_softplus_over_all_pairs() -> None:
    scores_ND = torch.tensor([[0.3, -1.0, 2.0], [1.0, 0.5, 0.0]], dtype=torch.float64)
    assert math.isclose(rank_net(scores_ND), slow_rank_net(scores_ND.tolist()), rel_tol=1e-12)
    reversed_ND = scores_ND.flip(1).requires_grad_()
    assert torch.autograd.gradcheck(rank_net, (reversed_ND,))
    assert math.isclose(rank_net(torch.zeros(1, 4)), math.log(2), rel_tol=1e-6)


def test_the_loss_is_infonce_and_twice_rank_net(ask: Ask) -> None:
    asked = ask(E2Rank(name="e2rank"))
    _, *documents, prompt = (asked.vectors(BATCH, column).double() for column in range(5))
    cosine = torch.nn.functional.cosine_similarity
    scores = torch.stack([10 * cosine(prompt, document) for document in documents], dim=1)
    rows = [[*example.texts] for example in asked.material.examples]
    infonce = ask(
        InfoNce(name="infonce", temperature=0.03), [example(*row) for row in rows], "triples"
    )
    expected = infonce.amount(BATCH) + 2.0 * slow_rank_net(scores.tolist())
    assert math.isclose(asked.amount(BATCH), expected, rel_tol=1e-5)


def test_the_prompt_has_all_documents_in_an_order_that_tells_nothing(ask: Ask) -> None:
    loss = E2Rank(name="e2rank", instruction="Rank", document_characters=2)
    firsts = []
    for number in range(40):
        prompt = loss.prompt(example(f"q{number}", "a long one", "b", "c"))
        lines = prompt.splitlines()
        assert lines[0] == "Rank:"
        assert lines[-1] == f"Query: q{number}"
        assert {line.split("] ")[1] for line in lines[2:-1]} == {"a ", "b", "c"}
        firsts.append(lines[2].split("] ")[1])
    assert set(firsts) == {"a ", "b", "c"}
    assert loss.prompt(example("q1", "a", "b")) == loss.prompt(example("q1", "a", "b"))


def test_prompts_have_no_prompt_of_their_own(ask: Ask) -> None:
    asked = ask(E2Rank(name="e2rank"))
    columns = asked.loss.texts(asked.material.examples, asked.prepared)
    assert [column.role for column in columns] == ["query", *["document"] * 3, "plain"]


def test_both_parts_have_their_weights(ask: Ask) -> None:
    one, two, flat = (
        ask(E2Rank(name="e2rank", **settings)).amount(BATCH)
        for settings in ({"rank_weight": 1.0}, {"rank_weight": 3.0}, {"rank_scale": 1e-6})
    )
    alone = ask(E2Rank(name="e2rank", rank_weight=0.0)).amount(BATCH)
    assert math.isclose(two - one, 2 * (one - alone), rel_tol=1e-5)
    assert math.isclose(flat - alone, 2 * math.log(2), rel_tol=1e-5)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("w1", "w2"), "has 0 negatives and needs 1"),
        (("w1", "w2", "w2"), "one text twice"),
        (("w1", "w2 " * 60, "w3"), r"has \d+ tokens, and the student reads 64; set document_char"),
    ],
)
def test_lists_that_cannot_be_ranked_are_refused(
    ask: Ask, texts: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        ask(E2Rank(name="e2rank"), [example(*texts), *examples_of("ranked")])
