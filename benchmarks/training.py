"""Continued pretraining against what a user would run instead: run_mlm / run_clm and the Trainer.

    python benchmarks/training.py [--only load,masked,causal,steps,resume] [--compile true]
                                  [--preset full|brief|tiny] [--output FILE] [--table FILE]

`tiny` only shows that every contender runs.

load:    rows and masks; theirs is a row of an Arrow table + DataCollatorForLanguageModeling.
masked:  forward and backward of two BERT layers, a vocabulary of 100,000, 1,536 tokens; theirs
         makes logits for every position.
causal:  the same with GPT-2 layers; theirs holds all logits at once.
steps:   whole steps with loading and AdamW, two layers of XLM-R, as masked; theirs is the Trainer,
         without DeepSpeed and with it (ZeRO 1). --compile true: ours with torch.compile, too.
resume:  the first batch in the middle of an epoch of 10^9 samples.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import gpu
from gpu import Shape
from lingraft import program
from measuring import Bar, Comparison, Contender, Figures, timed
from rows import run_comparisons


@dataclass(frozen=True)
class Sizes:
    """How much of everything there is."""

    tokens: int  # of the file that is loaded
    batches: int
    batch: int  # rows of 512 tokens that are loaded at once
    shape: Shape


PRESETS = {
    "full": Sizes(
        tokens=4_000_000, batches=100, batch=32,
        shape=Shape("2 layers", "xlm-roberta", 100_000, 2, 768, 256, 6, steps=2),
    ),
    "tiny": Sizes(
        tokens=40_000, batches=2, batch=4,
        shape=Shape("2 layers", "xlm-roberta", 300, 2, 64, 32, 4, steps=2),
    ),
}  # fmt: skip
PRESETS["brief"] = replace(PRESETS["full"], batches=30)


def main(
    only: str = "",
    preset: str = "full",
    output: str = "",
    table: str = "",
    compile: bool = False,
) -> None:
    """Run the comparisons and print their rows.

    Args:
        only: comparisons to run, separated by commas; all by default.
        preset: full, brief, or tiny.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
        compile: compare ours with torch.compile, too, which takes minutes to compile.
    """
    found = comparisons(preset, (), compile)
    run_comparisons((("training", one) for one in found), preset, only, output, table)


def comparisons(
    preset: str, corpora: Sequence[Path] = (), compile: bool = False
) -> Iterator[Comparison]:
    """Loading, forward and backward of both objectives, whole steps, and resuming."""
    program.go_offline()
    sizes = PRESETS[preset]
    shape = sizes.shape
    yield Comparison(
        "load",
        f"rows and masks, 512 tokens, {sizes.batches} batches of {sizes.batch}",
        Contender("lingraft", load_ours, (sizes,),
                  bar=Bar("tokens_per_s", 20e6, "tokens/s")),
        (Contender("Arrow rows and `DataCollatorForLanguageModeling`", load_theirs, (sizes,),
                   "transformers"),),
        shown=("tokens_per_s",),
    )  # fmt: skip
    layers = f"{shape.layers} layers of {shape.hidden}, {shape.vocabulary:,} tokens"
    for kind, body in (("masked", "BERT's"), ("causal", "GPT-2's")):
        yield Comparison(
            kind,
            f"{kind} forward and backward, {body} {layers}, {shape.rows} x {shape.length}",
            Contender("lingraft", step_ours, (sizes, kind)),
            (Contender("its own loss", step_theirs, (sizes, kind), "transformers",
                       bar=Bar("cpu_s", 1.8) if kind == "masked" else None),),
            shown=("added_mb", "loss"),
        )  # fmt: skip
    compiled = Contender("ours with `torch.compile`", steps_ours, (sizes, True), "torch")
    yield Comparison(
        "steps",
        f"a whole masked step (loading, AdamW), XLM-R's {layers}, {shape.rows} x {shape.length}",
        Contender("lingraft", steps_ours, (sizes,)),
        (
            Contender("`Trainer`", steps_trainer, (sizes,), "transformers"),
            Contender("`Trainer` under DeepSpeed (ZeRO 1)", steps_trainer_deepspeed, (sizes,),
                      "deepspeed"),
            *([compiled] if compile else []),
        ),
        repeats=1,
        shown=("loss",),
    )  # fmt: skip
    yield Comparison(
        "resume",
        "the first batch in the middle of an epoch of 10^9 samples",
        Contender("lingraft", resume_ours, (sizes,),
                  bar=Bar("cpu_s", 0.05, is_least=False)),
    )  # fmt: skip


# --- load ---


def load_ours(sizes: Sizes) -> Figures:
    from lingraft.config.pretraining import Pretraining
    from lingraft.corpus.token_files import Counts, Specials, TokenFile, TokenMeta, write_tokens
    from lingraft.training.batches import TrainingData

    specials = Specials(
        32_000, separator=2, prefix=(0,), suffix=(2,), mask=4, special=tuple(range(5))
    )
    tokens, rows_at_once = sizes.tokens, sizes.batch
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ids = np.random.default_rng(0).integers(5, 32_000, tokens)
        write_tokens(folder / "train.ds", [(ids, np.full(tokens // 100, 100))], "uint16")
        counts = Counts(tokens, tokens // 100, 4 * tokens, 4 * tokens, 0)
        TokenMeta("uint16", specials, {"train": counts}, "v", "c").save(folder)
        recipe = Pretraining(steps=1, sequence_length=512, batch_size=rows_at_once)
        files = {"text": TokenFile.open(folder, "train")}
        data = TrainingData(files, recipe, recipe.all_stages[0], 1)
        data.batch(np.arange(rows_at_once))

        def work() -> None:
            for step in range(sizes.batches):
                data.batch(np.arange(step * rows_at_once, (step + 1) * rows_at_once))

        return _with_speed(timed(work), sizes)


def load_theirs(sizes: Sizes) -> Figures:
    from datasets import Dataset

    ids = np.random.default_rng(0).integers(5, 16_000, (sizes.tokens // 512, 512)).astype(np.int32)
    columns = {"input_ids": ids, "attention_mask": np.ones_like(ids, np.int8)}
    rows = Dataset.from_dict({**columns, "special_tokens_mask": np.zeros_like(ids, np.int8)})
    collator = gpu._collator(replace(sizes.shape, vocabulary=16_000))
    order = np.random.default_rng(1).permutation(len(rows))

    def work() -> None:
        for step in range(sizes.batches):
            chosen = order[step * sizes.batch % (len(rows) - sizes.batch) :][: sizes.batch]
            collator([rows[int(index)] for index in chosen])

    return _with_speed(timed(work), sizes)


def _with_speed(figures: Figures, sizes: Sizes) -> Figures:
    tokens = sizes.batches * sizes.batch * 512
    return figures | {"tokens_per_s": tokens / max(1e-9, figures["cpu_s"])}


# --- masked and causal ---


def _model(kind: str, shape: Shape) -> Any:
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, BertConfig, GPT2Config

    torch.manual_seed(0)
    torch.set_num_threads(1)
    if kind == "causal":
        config: Any = GPT2Config(
            vocab_size=shape.vocabulary, n_layer=2, n_positions=shape.length, n_embd=shape.hidden,
            n_head=max(1, shape.hidden // 64),
        )  # fmt: skip
        return AutoModelForCausalLM.from_config(config, trust_remote_code=False).eval()
    config = BertConfig(
        vocab_size=shape.vocabulary, num_hidden_layers=2, hidden_size=shape.hidden,
        num_attention_heads=max(1, shape.hidden // 64), intermediate_size=4 * shape.hidden,
    )  # fmt: skip
    return AutoModelForMaskedLM.from_config(config, trust_remote_code=False).eval()


def _labelled(kind: str, shape: Shape) -> tuple[Any, Any]:
    import torch

    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(0, shape.vocabulary, (shape.rows, shape.length), generator=generator)
    if kind == "causal":
        return ids, ids
    chosen = torch.rand(ids.shape, generator=generator) < 0.15
    return ids, torch.where(chosen, ids, -100)


def step_theirs(sizes: Sizes, kind: str) -> Figures:
    model, (ids, labels) = _model(kind, sizes.shape), _labelled(kind, sizes.shape)
    return _time_step(lambda: model(input_ids=ids, labels=labels).loss, model)


def step_ours(sizes: Sizes, kind: str) -> Figures:
    from lingraft.models.heads import prediction_loss

    model, (ids, labels) = _model(kind, sizes.shape), _labelled(kind, sizes.shape)
    if kind == "causal":
        rows, length = ids.shape
        places = [row * length + place for row in range(rows) for place in range(length - 1)]
        positions = ids.new_tensor(places)
        targets = ids.flatten()[positions + 1]
    else:
        positions = (labels.flatten() >= 0).nonzero()[:, 0]
        targets = labels.flatten()[positions]
    return _time_step(
        lambda: prediction_loss(model, ids, positions, targets) / len(positions), model
    )


def _time_step(loss_of: Callable[[], Any], model: Any) -> Figures:
    """One step; the first round of a process also takes the memory that later ones find."""
    losses: list[Any] = []

    def work() -> None:
        losses.append(loss_of())
        losses[0].backward()

    figures = timed(work)
    return figures | {"loss": losses[0].item()}


# --- whole steps ---


def steps_ours(sizes: Sizes, compiled: bool = False) -> Figures:
    from lingraft.training.world import join_world

    figures = gpu.measure_ours(sizes.shape, join_world(), zero_stage=0, compiled=compiled)
    wall = sizes.shape.rows * sizes.shape.length / figures["tokens_per_second"]
    return {"cpu_s": figures["cpu_s"], "wall_s": wall, "loss": figures["loss"]}


def steps_trainer(sizes: Sizes) -> Figures:
    return _steps_of_the_trainer(sizes.shape, None)


def steps_trainer_deepspeed(sizes: Sizes) -> Figures:
    from lingraft.training.world import prepare_deepspeed

    prepare_deepspeed(use_gpu=False)
    return _steps_of_the_trainer(
        sizes.shape,
        {
            "zero_optimization": {"stage": 1},
            "train_micro_batch_size_per_gpu": "auto",
            "gradient_accumulation_steps": "auto",
            "gradient_clipping": "auto",
            "zero_allow_untested_optimizer": True,
        },
    )


def _steps_of_the_trainer(shape: Shape, deepspeed: dict[str, Any] | None) -> Figures:
    """What run_mlm does once its data is there; the median of three steps, after one."""
    import torch
    from datasets import Dataset
    from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

    times: list[tuple[float, float]] = []
    losses: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *arguments: Any, **state: Any) -> None:
            times.append((time.process_time(), time.perf_counter()))

        def on_log(self, *arguments: Any, **state: Any) -> None:
            losses.append(state["logs"].get("loss"))

    ids = gpu._text(shape).reshape(-1, shape.length)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, max_steps=4, per_device_train_batch_size=shape.rows, use_cpu=True,
            deepspeed=deepspeed, report_to=[], save_strategy="no", logging_steps=1,
            disable_tqdm=True,
        )  # fmt: skip
        trainer = Trainer(
            gpu.make_model(shape, torch.device("cpu")), arguments, gpu._collator(shape),
            Dataset.from_dict({"input_ids": ids}), callbacks=[Clock()],
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    cpu_s, wall_s = np.median(np.diff(times, axis=0), axis=0).tolist()
    return {"cpu_s": cpu_s, "wall_s": wall_s, "loss": losses[0]}


def resume_ours(sizes: Sizes) -> Figures:
    from lingraft.training.sampler import Sampler

    return timed(
        lambda: Sampler([10**9], [1.0], seed=1).draw(np.arange(5 * 10**8, 5 * 10**8 + 256))
    )


if __name__ == "__main__":
    program.run(main)
