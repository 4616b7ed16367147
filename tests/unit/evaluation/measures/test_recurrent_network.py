"""The network computes its paper's equations, whatever is padded beside a document."""

import numpy as np
import torch

from lingraft.evaluation.measures.recurrent_network import RecurrentNetwork, train_network


def _by_the_equations(network: RecurrentNetwork, words_TE: torch.Tensor) -> torch.Tensor:
    rnn, left, right = network.recurrence, [network.edges_2H[0, 0]], [network.edges_2H[1, 0]]
    for word_E in words_TE[:-1]:
        read = rnn.weight_ih_l0 @ word_E + rnn.bias_ih_l0 + rnn.bias_hh_l0
        left.append(torch.tanh(rnn.weight_hh_l0 @ left[-1] + read))
    for word_E in words_TE.flip(0)[:-1]:
        read = rnn.weight_ih_l0_reverse @ word_E + rnn.bias_ih_l0_reverse
        read = read + rnn.bias_hh_l0_reverse
        right.append(torch.tanh(rnn.weight_hh_l0_reverse @ right[-1] + read))
    contexts = zip(left, words_TE, reversed(right), strict=True)
    hidden = [torch.tanh(network.hidden(torch.cat(context))) for context in contexts]
    return network.output(torch.stack(hidden).amax(dim=0))


def test_scores_are_those_of_the_equations() -> None:
    torch.manual_seed(0)
    network = RecurrentNetwork(6, 3)
    torch.nn.init.normal_(network.edges_2H)
    documents = [torch.randn(length, 6) for length in (5, 1, 3)]
    padded = torch.nn.utils.rnn.pad_sequence(documents, batch_first=True, padding_value=9.0)
    scores = network(padded, torch.tensor([5, 1, 3]))
    expected = torch.stack([_by_the_equations(network, words) for words in documents])
    torch.testing.assert_close(scores, expected, atol=1e-6, rtol=0)


def test_a_seed_gives_the_same_network_and_leaves_the_global_one_alone() -> None:
    table = np.eye(4, dtype=np.float32)
    documents = [np.array([number % 4]) for number in range(40)]
    labels = ["even" if number % 2 == 0 else "odd" for number in range(40)]
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second = (train_network(table, documents, labels, 3) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    for one, other in zip(first.network.parameters(), second.network.parameters(), strict=True):
        assert torch.equal(one, other)
    assert first.predict(documents[:4]) == ["even", "odd", "even", "odd"]
