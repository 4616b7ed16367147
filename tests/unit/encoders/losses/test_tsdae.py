"""TSDAE: the decoder shares the student's weights, sees the vector alone, and is thrown away."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from loss_samples import Asked, student_of
from transformers import AutoModelForMaskedLM, DistilBertConfig, DistilBertModel

from lingraft.encoders.losses.tsdae import Tsdae
from lingraft.errors import ConfigError

Ask = Callable[..., Asked]
BATCH = [0, 1, 4]


def test_the_loss_is_the_cross_entropy_of_every_next_token(ask: Ask) -> None:
    asked = ask(Tsdae(name="tsdae", deletion=0.0))
    (column,), _ = asked.batch(BATCH)
    module, vectors = asked.module, asked.vectors(BATCH, 0)
    losses = []
    for row, vector in enumerate(vectors):
        length = int(column["attention_mask"][row].sum())
        ids = column["input_ids"][row, :length]
        for place in range(1, length):
            with torch.no_grad():
                logits = module.decoder(
                    input_ids=ids[None, :place], encoder_hidden_states=vector[None, None]
                ).logits[0, -1]
            losses.append(-float(logits.log_softmax(0)[ids[place]]))
    assert math.isclose(asked.amount(BATCH), sum(losses) / len(losses), rel_tol=1e-5)


def test_the_decoder_has_the_students_weights_and_the_models_head(
    ask: Ask, start_model: Path
) -> None:
    asked = ask(Tsdae(name="tsdae"))
    own = {id(p) for p in asked.material.student.parameters()}
    shared = {name for name, p in asked.module.decoder.bert.named_parameters() if id(p) in own}
    alone = {name for name, p in asked.module.decoder.bert.named_parameters() if id(p) not in own}
    assert len(shared) == len(own)
    assert all(".crossattention." in name for name in alone)
    head = AutoModelForMaskedLM.from_pretrained(start_model).cls.state_dict()
    found = asked.module.decoder.cls.state_dict()
    assert all(torch.equal(head[name], found[name]) for name in head)
    embeddings = asked.material.student[0].model.get_input_embeddings()
    assert asked.module.decoder.get_output_embeddings().weight is embeddings.weight


def test_a_step_changes_the_student_and_its_folder_has_no_decoder(ask: Ask, tmp_path: Path) -> None:
    asked = ask(Tsdae(name="tsdae"))
    student = asked.material.student
    before = {name: value.clone() for name, value in student.state_dict().items()}
    optimizer = torch.optim.SGD(asked.module.parameters(), lr=0.1)
    asked.value(BATCH).backward()
    optimizer.step()
    changed = [
        name for name, value in student.state_dict().items() if not before[name].equal(value)
    ]
    assert any("attention" in name for name in changed)
    student.save(str(tmp_path / "written"), create_model_card=False)
    (weights,) = (tmp_path / "written").glob("*.safetensors")
    assert b"crossattention" not in weights.read_bytes()
    assert student_of(tmp_path / "written").state_dict().keys() == before.keys()


def test_damage_deletes_ordinary_tokens_in_order_and_leaves_one(ask: Ask) -> None:
    asked = ask(Tsdae(name="tsdae", deletion=0.6))
    texts = [" ".join(f"w{n}" for n in range(40)), "w1", "w1 w2 w3 w4 w5"]
    column = asked.material.student.preprocess(texts)
    specials = {0, 2, 3}
    shares = []
    for seed in range(20):
        torch.manual_seed(seed)
        damaged = asked.module.damaged(column)
        rows = zip(
            damaged["input_ids"], damaged["attention_mask"], column["input_ids"], strict=True
        )
        for ids, mask, whole in rows:
            left = ids[mask.bool()].tolist()
            assert left[0] == 2
            assert left[-1] == 3
            assert len(left) > 2
            remaining = iter(whole.tolist())
            assert all(token in remaining for token in left)  # a subsequence
            assert set(ids[~mask.bool()].tolist()) <= {0}
        shares.append(1 - sum(int(i) not in specials for i in damaged["input_ids"][0]) / 40)
    assert 0.5 < sum(shares) / len(shares) < 0.7


def test_the_decoder_sees_the_vector_and_nothing_else_of_the_damaged_text(ask: Ask) -> None:
    asked = ask(Tsdae(name="tsdae"))
    seen = []
    asked.module.decoder.register_forward_pre_hook(
        lambda module, args, given: seen.append(given), with_kwargs=True
    )
    asked.value(BATCH)
    (given,) = seen
    assert set(given) == {"input_ids", "encoder_hidden_states", "use_cache"}
    assert given["encoder_hidden_states"].shape == (3, 1, 16)


def test_an_architecture_without_such_a_decoder_is_refused(ask: Ask) -> None:
    asked = ask(Tsdae(name="tsdae"))
    student = asked.material.student
    config = DistilBertConfig(vocab_size=65, dim=16, n_layers=1, n_heads=2, hidden_dim=32)
    student[0].model = DistilBertModel(config)
    with pytest.raises(ConfigError, match="a distilbert model cannot be"):
        asked.loss.module(student, asked.prepared)
