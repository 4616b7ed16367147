"""Words as bytes: found, read, hidden, predicted, saved, fine-tuned; and what is refused."""

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    BertConfig,
    CamembertConfig,
    DistilBertConfig,
    RobertaConfig,
    XLMRobertaConfig,
)

from lingraft.errors import InputError
from lingraft.models.arithmetic import compute_in
from lingraft.models.byte_network import ByteNetwork
from lingraft.models.byte_path import find_words
from lingraft.models.byte_words import byte_words_model
from lingraft.models.door import open_model
from lingraft.models.heads import prediction_loss
from lingraft.models.positions import most_positions
from lingraft.models.scoring.losses import token_losses
from lingraft.models.stage import export_model
from lingraft.models.writing import write_model

SPECIALS, WIDTH, POSITIONS, LONGEST = 5, 16, 40, 7
START, INSIDE, PAD, END, MASK = SPECIALS, SPECIALS + 256, 1, 2, 4
SIZES = {
    "vocab_size": SPECIALS + 512,
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": POSITIONS,
}
KINDS = {
    "bert": BertConfig,
    "camembert": CamembertConfig,
    "roberta": RobertaConfig,
    "xlm-roberta": XLMRobertaConfig,
}


def symbols(*words: str) -> list[int]:
    """The ids of words between special tokens."""
    ids = [0]
    for word in words:
        first, *rest = word.encode()
        ids += [START + first, *(INSIDE + byte for byte in rest)]
    return [*ids, END]


def batch(*rows: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(map(len, rows))
    ids_NL = torch.tensor([row + [PAD] * (width - len(row)) for row in rows])
    mask_NL = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids_NL, mask_NL


def network(maximum: int = LONGEST + 1, width: int = 8) -> ByteNetwork:
    return ByteNetwork(WIDTH, width=width, queries=2, heads=2, dropout=0.1, maximum=maximum)


def plain(kind: str):
    torch.manual_seed(0)
    return AutoModelForMaskedLM.from_config(KINDS[kind](**SIZES)).eval()


def make(kind: str = "bert"):
    dense = plain(kind)
    return byte_words_model(dense, network(), specials=SPECIALS, source_rows=10_000, seed=0)[0]


@pytest.fixture(params=sorted(KINDS))
def model(request):
    return make(request.param)


IDS, REAL = batch(symbols("the", "cat", "sat"), symbols("a", "b"))


def slow_words(ids: list[int], length: int, longest: int) -> list[list[int]]:
    """Places by word, one symbol after the other."""
    words: list[list[int]] = []
    for place, symbol in enumerate(ids[:length]):
        goes_on = (
            place > 0
            and symbol >= INSIDE
            and ids[place - 1] >= SPECIALS
            and len(words[-1]) < longest
        )
        if goes_on:
            words[-1].append(place)
        else:
            words.append([place])
    return words


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([0, 2, 4, START, START + 9, INSIDE, INSIDE + 8]), min_size=1),
        min_size=1,
        max_size=4,
    ),
    st.integers(1, 5),
)
def test_words_are_those_of_one_symbol_after_the_other(rows, longest) -> None:
    ids_NL, mask_NL = batch(*rows)
    found = find_words(ids_NL, mask_NL.bool(), SPECIALS, longest)
    for number, row in enumerate(rows):
        words = slow_words(row, len(row), longest)
        assert int(found.real_NW[number].sum()) == len(words)
        assert found.firsts_NW[number, : len(words)].tolist() == [word[0] for word in words]
        for index, word in enumerate(words):
            assert found.of_symbol_NL[number, word].tolist() == [index] * len(word)
            assert found.places_NL[number, word].tolist() == list(range(len(word)))


def test_the_body_sees_one_vector_a_word(model) -> None:
    states = model.base_model(IDS, attention_mask=REAL, output_hidden_states=True)
    assert states.last_hidden_state.shape == (2, len(symbols("the", "cat", "sat")), WIDTH)
    for layer in (states.last_hidden_state, *states.hidden_states):
        assert torch.equal(layer[0, 1], layer[0, 3]) and torch.equal(layer[0, 4], layer[0, 6])
        assert not torch.equal(layer[0, 3], layer[0, 4])


def test_a_vector_is_the_networks_for_a_space_and_the_bytes(model) -> None:
    path = model.get_input_embeddings()
    found = path(IDS, path.find(IDS, REAL))
    cat = torch.tensor([list(b" cat")])
    expected = path.network(cat, torch.ones_like(cat, dtype=torch.bool))
    torch.testing.assert_close(found[0, 2], expected[0])
    assert torch.equal(found[0, 0], path.specials.weight[0])


def test_padding_and_neighbors_change_nothing(model) -> None:
    alone, _ = batch(symbols("a", "b"))
    far, real = batch(
        symbols("a", "b"), symbols(*"abcdefghijklmn")
    )  # more padding than a word is long
    torch.testing.assert_close(
        model(far, attention_mask=real).logits[0, : alone.shape[1]], model(alone).logits[0],
        atol=1e-5, rtol=1e-5,
    )  # fmt: skip
    torch.testing.assert_close(
        model(IDS, attention_mask=REAL).logits[1, : alone.shape[1]],
        model(alone).logits[0],
        atol=1e-5,
        rtol=1e-5,
    )


@pytest.mark.parametrize("end", [[], [PAD - 1], [END]])
def test_padding_is_no_part_of_the_last_word(model, end: list[int]) -> None:
    """Neither where a row ends with bytes, nor where the id of padding is the larger one."""
    row = [*symbols("the", "cat")[:-1], *end]
    alone, _ = batch(row)
    padded, real = batch(row, symbols("the", "cat", "sat"))
    torch.testing.assert_close(
        model(padded, attention_mask=real).logits[0, : len(row)], model(alone).logits[0],
        atol=1e-5, rtol=1e-5,
    )  # fmt: skip


def hidden(ids: torch.Tensor, places: list[int]) -> torch.Tensor:
    found = ids.clone()
    found[0, places] = MASK
    return found


def test_nothing_of_a_hidden_word_is_seen(model) -> None:
    """Not its bytes, not those that were left as they are, not how many bytes it has."""
    one, _ = batch(symbols("the", "cat", "sat"))
    other, _ = batch(symbols("the", "horse", "sat"))
    whole = model.base_model(hidden(one, [4, 5, 6]), original_ids=one).last_hidden_state
    part = model.base_model(hidden(one, [5]), original_ids=one).last_hidden_state
    longer = model.base_model(hidden(other, [4, 6]), original_ids=other).last_hidden_state
    for state in (part, longer):
        torch.testing.assert_close(state[0, :5], whole[0, :5])
        torch.testing.assert_close(state[0, -2:], whole[0, -2:])


def test_a_byte_is_predicted_from_those_before_it(model) -> None:
    """As a product of probabilities of the bytes, a word's is that of a word."""
    one, _ = batch(symbols("the", "cat", "sat"))
    masked = hidden(one, [4, 5, 6])
    before = model(masked, original_ids=one).logits
    changed = one.clone()
    changed[0, 6] += 1
    assert torch.equal(model(masked, original_ids=changed).logits[0, 4:7], before[0, 4:7])
    changed[0, 5] += 1
    after = model(masked, original_ids=changed).logits
    assert torch.equal(after[0, 4:6], before[0, 4:6])
    assert not torch.equal(after[0, 6], before[0, 6])


def test_all_ways_to_the_loss_agree(model) -> None:
    one, mask = batch(symbols("the", "cat", "sat"))
    places = torch.tensor([4, 5, 6])
    masked, targets = hidden(one, [4, 5, 6]), one.flatten()[places]
    labels = torch.full_like(one, -100).flatten().scatter(0, places, targets).view_as(one)
    summed = prediction_loss(model, masked, places, targets, attention_mask=mask)
    losses = token_losses(model, masked, places, targets, attention_mask=mask)
    torch.testing.assert_close(losses.sum(), summed)
    torch.testing.assert_close(model(masked, mask, labels=labels).loss * 3, summed)


@torch.no_grad()
def test_losses_in_bf16_are_near(model) -> None:
    one, mask = batch(symbols("the", "cat", "sat"))
    places = torch.tensor([4, 5, 6])
    asked = hidden(one, [4, 5, 6]), places, one.flatten()[places]
    exact = token_losses(model, *asked, attention_mask=mask)
    found = token_losses(compute_in(model, "bf16"), *asked, attention_mask=mask)
    assert found.dtype == torch.float32
    assert not torch.equal(found, exact)
    torch.testing.assert_close(found, exact, atol=0.003, rtol=0.001)


def test_masked_training_lowers_the_loss(model) -> None:
    torch.manual_seed(0)
    model.train()
    one, mask = batch(symbols("the", "cat", "sat"), symbols("the", "dog", "ran"))
    places = torch.tensor([4, 5, 6, 15, 16, 17])
    masked = one.flatten().scatter(0, places, MASK).view_as(one)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(40):
        loss = prediction_loss(model, masked, places, one.flatten()[places], attention_mask=mask)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 3
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in model.parameters())


def test_written_and_opened_again_with_every_bit(model, tmp_path) -> None:
    write_model(model, tmp_path)
    opened = open_model(tmp_path)
    assert not opened.drawn and type(opened.model) is type(model)
    assert torch.equal(
        opened.model(IDS, attention_mask=REAL).logits, model(IDS, attention_mask=REAL).logits
    )
    body = AutoModel.from_pretrained(tmp_path).eval()
    assert torch.equal(
        body(IDS, attention_mask=REAL).last_hidden_state,
        model.base_model(IDS, attention_mask=REAL).last_hidden_state,
    )
    assert most_positions(opened.model.config) == most_positions(plain_config(model))


def plain_config(model):
    return KINDS[model.config.model_type.removeprefix("byte-words-")](**SIZES)


@pytest.mark.parametrize(
    "task", [AutoModelForSequenceClassification, AutoModelForTokenClassification]
)
def test_fine_tunes(model, tmp_path, task) -> None:
    model.save_pretrained(tmp_path)
    torch.manual_seed(0)
    tuned = task.from_pretrained(tmp_path, num_labels=2).eval()  # without dropout
    assert torch.equal(tuned.get_input_embeddings().weight, model.get_input_embeddings().weight)
    labels = torch.tensor([0, 1])
    if task is AutoModelForTokenClassification:
        labels = labels[:, None].repeat(1, IDS.shape[1])
    optimizer = torch.optim.AdamW(tuned.parameters(), lr=1e-2)
    losses = []
    for _ in range(30):
        loss = tuned(IDS, attention_mask=REAL, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_a_part_of_a_networks_row_in_numbers() -> None:
    whole = ByteNetwork(6, width=8, queries=2, heads=2, dropout=0.0, maximum=9).eval()
    unit_X = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    part = whole.of_part(slice(1, 4), unit_X)
    text = torch.tensor([list(b" cats")])
    present = torch.ones_like(text, dtype=torch.bool)
    torch.testing.assert_close(part(text, present), (whole(text, present) * unit_X)[:, 1:4])


def test_parameters_are_counted_and_limited() -> None:
    model, audit = byte_words_model(
        plain("bert"), network(), specials=SPECIALS, source_rows=10_000, seed=0
    )
    own = sum(p.numel() for p in model.get_input_embeddings().parameters())
    record = audit.as_record()
    assert record["byte_path"] == own and record["share"] == own / (10_000 * WIDTH) < 0.1
    assert sum(record[name] for name in ("byte_path", "body", "head")) == model.num_parameters()
    rows = own * 10 // WIDTH
    byte_words_model(plain("bert"), network(), specials=SPECIALS, source_rows=rows + 1, seed=0)
    with pytest.raises(InputError, match=r"numbers, more than 10% of the source's embedding"):
        byte_words_model(plain("bert"), network(), specials=SPECIALS, source_rows=rows - 1, seed=0)


def test_the_same_seed_gives_the_same_weights() -> None:
    one, other = make(), make()
    for (name, tensor), again in zip(
        one.state_dict().items(), other.state_dict().values(), strict=True
    ):
        if "network" not in name:
            assert torch.equal(tensor, again), name


def test_other_architectures_are_refused() -> None:
    config = DistilBertConfig(
        vocab_size=SPECIALS + 512, dim=WIDTH, n_layers=1, n_heads=2, hidden_dim=24
    )
    with pytest.raises(InputError, match=r"words as bytes support bert, .*; not distilbert"):
        byte_words_model(
            AutoModelForMaskedLM.from_config(config), network(), specials=SPECIALS,
            source_rows=10_000, seed=0,
        )  # fmt: skip


def test_what_a_body_does_not_read(model) -> None:
    with pytest.raises(InputError, match="takes input_ids"):
        model.base_model(inputs_embeds=torch.zeros(1, 2, WIDTH))
    with pytest.raises(InputError, match="one document a row"):
        model.base_model(IDS, attention_mask=torch.ones(2, 1, IDS.shape[1], IDS.shape[1]))
    with pytest.raises(InputError, match="resized"):
        model.resize_token_embeddings(9)


def test_it_has_no_dense_counterpart(model, tmp_path) -> None:
    write_model(model, tmp_path)
    with pytest.raises(InputError, match="reads the bytes of words: no matrix computes the same"):
        export_model(tmp_path, tmp_path / "dense", dense=True)


@pytest.mark.parametrize("first", ["import transformers", "from transformers import AutoModel"])
def test_another_program_reads_it_after_a_mere_import(tmp_path, first) -> None:
    write_model(make(), tmp_path)
    program = f"{first}; import lingraft; from transformers import AutoModel, AutoConfig\n"
    program += f"print(type(AutoModel.from_pretrained({str(tmp_path)!r})).__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "ByteWordsBertModel", done.stderr
