"""Fine-tuning: the losses of a plain loop, exact resumption, honest selection."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from evaluation_samples import WORDS, make_tokenizer, sentences
from transformers import AutoModelForSequenceClassification, get_linear_schedule_with_warmup

from lingraft.errors import DivergedError, InputError
from lingraft.evaluation.fine_tuning import loop
from lingraft.evaluation.fine_tuning.loop import Encoded, fine_tune, load_with_head
from lingraft.evaluation.tasks.text_classification import TextClassification

RECIPE = TextClassification(learning_rate=1e-2, epochs=3, batch_size=4, seeds=(1,))
LABELS = ("a", "b", "c")


def examples(count: int = 30) -> list[Encoded]:
    tokenizer = make_tokenizer()
    rows = []
    for i, text in enumerate(sentences(count, 10)):
        encoded = tokenizer(f"{WORDS[i % 3]} {text}", truncation=True, max_length=32)
        rows.append(
            {
                "input_ids": encoded["input_ids"],
                "attention_mask": encoded["attention_mask"],
                "label": i % 3,
            }
        )
    return rows


def fresh(folder: Path, seed: int = 1) -> Any:
    head = AutoModelForSequenceClassification
    return load_with_head(folder, head, LABELS, make_tokenizer(), seed)


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


def test_the_first_20_losses_are_those_of_a_plain_loop(masked_model: Path) -> None:
    rows, losses = examples(), []
    fine_tune(
        fresh(masked_model), rows, lambda model: 0.0, RECIPE, 1, 0,
        on_step=lambda step, loss: losses.append(loss),
    )  # fmt: skip
    torch.manual_seed(1)
    model = AutoModelForSequenceClassification.from_pretrained(masked_model, num_labels=3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    steps = 3 * math.ceil(len(rows) / 4)
    schedule = get_linear_schedule_with_warmup(optimizer, math.ceil(0.1 * steps), steps)
    reference: list[float] = []
    for epoch in range(3):
        generator = torch.Generator().manual_seed(1_000_003 + epoch)
        order = torch.randperm(len(rows), generator=generator).tolist()
        for start in range(0, len(rows), 4):
            batch = [rows[i] for i in order[start : start + 4]]
            padded = make_tokenizer().pad(
                [{k: row[k] for k in ("input_ids", "attention_mask")} for row in batch],
                return_tensors="pt",
            )
            torch.manual_seed(1_000_003 + len(reference))
            model.train()
            loss = model(**padded, labels=torch.tensor([row["label"] for row in batch])).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            reference.append(loss.item())
    assert losses[:20] == pytest.approx(reference[:20], rel=1e-5)
    assert len(losses) == len(reference)


@pytest.mark.parametrize("killed_at", [0, 3, 8, 15])
def test_a_killed_training_ends_with_the_same_weights(
    masked_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    monkeypatch.setattr(loop, "_SAVE_EVERY", 3)
    rows = examples()
    whole = fresh(masked_model)
    reference = fine_tune(whole, rows, _score, RECIPE, 1, 0)

    def kill(step: int, loss: float) -> None:
        if step == killed_at:
            raise KeyboardInterrupt

    path = tmp_path / "1.pt"
    with pytest.raises(KeyboardInterrupt):
        fine_tune(fresh(masked_model), rows, _score, RECIPE, 1, 0, checkpoint=path, on_step=kill)
    steps: list[int] = []
    resumed = fresh(masked_model)
    progress = fine_tune(
        resumed, rows, _score, RECIPE, 1, 0, checkpoint=path,
        on_step=lambda step, loss: steps.append(step),
    )  # fmt: skip
    assert same(weights(whole), weights(resumed))
    assert progress == reference
    assert steps[0] == killed_at // 3 * 3 if killed_at % 8 else True


def _score(model: Any) -> float:
    return -float(model.classifier.weight.detach().abs().sum())


def test_the_best_epoch_is_kept_unless_the_last_is_wanted(masked_model: Path) -> None:
    rows = examples(8)
    for selection, expected in (("best", 0), ("last", 2)):
        values = iter([0.9, 0.1, 0.5])
        seen: list[dict[str, torch.Tensor]] = []

        def development(model: Any, values: Any = values, seen: Any = seen) -> float:
            seen.append(weights(model))
            return next(values)

        recipe = RECIPE.model_copy(update={"selection": selection})
        model = fresh(masked_model)
        progress = fine_tune(model, rows, development, recipe, 1, 0)
        assert progress.best_epoch == expected
        assert progress.development == [0.9, 0.1, 0.5]
        assert same(weights(model), seen[expected])


def test_the_quirk_of_ofa_throws_every_other_batch_away(masked_model: Path) -> None:
    rows = examples(8)
    recipe = RECIPE.model_copy(update={"epochs": 1, "warmup": 0.0})
    model, trace = fresh(masked_model), []
    start = weights(model)
    fine_tune(
        model, rows, lambda model: 0.0, recipe, 1, 0, drop_every_other_batch=True,
        on_step=lambda step, loss: trace.append(same(weights(model), start)),
    )  # fmt: skip
    assert trace == [True, False]


def test_the_seed_draws_the_head(masked_model: Path) -> None:
    one, again, two = (fresh(masked_model, seed).classifier.weight for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.equal(one, two)


def test_nothing_to_train_on_and_divergence_are_errors(masked_model: Path) -> None:
    with pytest.raises(InputError, match="no training examples"):
        fine_tune(fresh(masked_model), [], lambda model: 0.0, RECIPE, 1, 0)
    broken = fresh(masked_model)
    with torch.no_grad():
        broken.classifier.weight.fill_(float("nan"))
    with pytest.raises(DivergedError, match="step 0"):
        fine_tune(broken, examples(4), lambda model: 0.0, RECIPE, 1, 0)
