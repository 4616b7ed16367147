"""Networks: shapes, padding that changes nothing, and what a token of one piece is."""

import pytest
import torch
from torch import nn

from lingraft.initialization.networks.piece_network import PieceNetwork
from lingraft.initialization.networks.word_networks import WordLstm, WordSet, mean_state
from lingraft.models.byte_network import ByteNetwork

OUTPUTS = 7


def tables(rows: int = 30, width: int = OUTPUTS) -> torch.Tensor:
    return torch.randn(rows, width, generator=torch.Generator().manual_seed(5))


def pieces(**options) -> PieceNetwork:
    shape = {"width": 8, "heads": 2, "layers": 1, "dropout": 0.5, "maximum": 3} | options
    return PieceNetwork(tables(), **shape)


def networks() -> dict[str, nn.Module]:
    torch.manual_seed(0)
    made = {
        "lstm": WordLstm(tables(width=5), OUTPUTS, hidden=6, layers=2, dropout=0.5),
        "set": WordSet(tables(width=5), OUTPUTS, heads=2, layers=2, dropout=0.5),
        "pieces": pieces(),
        "bytes": ByteNetwork(OUTPUTS, width=8, queries=3, heads=2, dropout=0.5, maximum=12),
    }
    nn.init.normal_(made["pieces"].last.weight)  # as after some steps
    return made


@pytest.mark.parametrize("name", networks())
def test_padding_changes_nothing(name: str) -> None:
    network = networks()[name].eval()
    places = torch.tensor([[3, 1, 4, 1], [5, 9, 0, 0]])
    present = torch.tensor([[True] * 4, [True, True, False, False]])
    with torch.no_grad():
        both = network(places, present)
        alone = network(places[1:, :2], present[1:, :2])
        other = network(torch.tensor([[3, 1, 4, 1], [5, 9, 8, 8]]), present)
    assert both.shape == (2, OUTPUTS)
    torch.testing.assert_close(both[1:], alone, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(both, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", networks())
def test_looked_up_tables_are_not_weights(name: str) -> None:
    network = networks()[name]
    assert not {key for key in network.state_dict() if key.startswith(("table", "rows"))}
    assert set(network.state_dict()) == dict(network.named_parameters()).keys()


def test_a_set_has_no_order_and_an_lstm_has() -> None:
    made = networks()
    places, present = torch.tensor([[3, 1, 4]]), torch.ones(1, 3, dtype=torch.bool)
    for name, is_equal in (("set", True), ("lstm", False), ("pieces", False), ("bytes", False)):
        network = made[name].eval()
        with torch.no_grad():
            rows = [network(order, present) for order in (places, places.flip(1))]
        assert torch.allclose(*rows, atol=1e-5) is is_equal, name


def test_pieces_begin_as_their_mean() -> None:
    """Before the first step the hypernetwork is FVT, also where it looks at fewer pieces."""
    network = pieces().eval()
    places = torch.tensor([[2, 7, 11, 13, 17]])
    rows = network(places, torch.ones_like(places, dtype=torch.bool))
    torch.testing.assert_close(rows, tables()[places[0]].mean(dim=0, keepdim=True))


def test_a_token_of_one_piece_is_that_piece() -> None:
    """Bit for bit, whatever the network has learned: an identity tokenizer gives the identity."""
    network = networks()["pieces"].train()
    places = torch.arange(30)[:, None]
    rows = network(places, torch.ones_like(places, dtype=torch.bool))
    assert torch.equal(rows, tables())


def test_the_mean_of_a_list_ends_where_the_list_ends() -> None:
    states = torch.tensor([[[1.0], [3.0], [float("nan")]]])
    assert mean_state(states, torch.tensor([[True, True, False]])).item() == 2.0
