"""DefSent+: entries from definitions, a softmax over them, and the pooler on the way."""

import math
from collections.abc import Callable

import pytest
import torch
from loss_samples import Asked, example
from transformers import AutoModelForMaskedLM, GPT2Config, GPT2LMHeadModel

from lingraft.encoders.losses.defsent_plus import DefSentPlus
from lingraft.encoders.modules.prediction_head import dense_layer
from lingraft.errors import ConfigError, InputError

Ask = Callable[..., Asked]
BATCH = [0, 2, 3, 5]


@pytest.mark.parametrize("pooler", [True, False])
def test_it_is_the_cross_entropy_among_the_entries(ask: Ask, pooler: bool) -> None:
    asked = ask(DefSentPlus(name="defsent-plus", pooler=pooler))
    material = asked.material
    definitions = torch.from_numpy(material.embed([e.texts[1] for e in material.examples]))
    # Examples 0 and 1 define the first entry, 2 and 3 the second, 4 and 5 the third.
    entries = torch.stack([definitions[2 * k : 2 * k + 2].mean(dim=0) for k in range(3)])
    torch.testing.assert_close(asked.prepared["entries_VE"], entries, rtol=1e-6, atol=1e-6)
    vectors = asked.vectors(BATCH, 0).double()
    if pooler:
        model = AutoModelForMaskedLM.from_pretrained(material.start)
        dense = model.cls.predictions.transform.dense.double()
        with torch.no_grad():
            vectors = torch.nn.functional.gelu(dense(vectors))
    losses = []
    for vector, number in zip(vectors, BATCH, strict=True):
        logits = [float(vector @ entry) for entry in entries.double()]
        losses.append(math.log(sum(map(math.exp, logits))) - logits[number // 2])
    assert math.isclose(asked.amount(BATCH), sum(losses) / 4, rel_tol=1e-5)


def test_entries_are_frozen_and_the_pooler_is_not(ask: Ask) -> None:
    asked = ask(DefSentPlus(name="defsent-plus"))
    asked.value(BATCH).backward()
    own = {id(p) for p in asked.material.student.parameters()}
    beside = {n: p for n, p in asked.module.named_parameters() if id(p) not in own}
    assert {tuple(p.shape) for p in beside.values()} == {(16, 16), (16,)}
    assert all(p.grad is not None for p in beside.values())


def test_independent_entries_are_isotropic(ask: Ask) -> None:
    examples = [example(f"w{n}", f"w{n} w{(7 * n) % 60} w{(11 * n) % 60}") for n in range(60)]
    found = {}
    for isotropy in ("none", "ica"):
        asked = ask(DefSentPlus(name="defsent-plus", isotropy=isotropy), examples)
        found[isotropy] = asked.prepared["entries_VE"]
    normal = torch.nn.functional.normalize
    mean = {k: float((normal(v, dim=1) @ normal(v, dim=1).T).mean()) for k, v in found.items()}
    assert mean["ica"] < 0.1 < mean["none"]


@pytest.mark.parametrize(
    ("settings", "rows", "message"),
    [
        ({"isotropy": "ica"}, [("w1", "w2"), ("w3", "w4")], r"more entries than .* \(16\)"),
        ({}, [("w1", "w2"), ("w1", "w3")], "all definitions are of one entry"),
        ({}, [("w1", "w2"), ("w3", "")], "example w3 has an empty text"),
    ],
)
def test_dictionaries_that_are_too_small_are_refused(
    ask: Ask, settings: dict[str, str], rows: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        ask(DefSentPlus(name="defsent-plus", **settings), [example(*row) for row in rows])


def test_a_head_without_a_dense_layer_is_refused() -> None:
    model = GPT2LMHeadModel(GPT2Config(vocab_size=9, n_embd=8, n_layer=1, n_head=1))
    with pytest.raises(ConfigError, match="gpt2 model has no dense layer; set pooler: false"):
        dense_layer(model)
