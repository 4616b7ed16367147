"""Continued pretraining against what a user would run instead: run_mlm / run_clm and the Trainer.

Ours and theirs run one after the other in processes of their own; read the ratios of CPU seconds,
which a busy machine disturbs least.

    python benchmarks/training.py [--only load,masked,causal,steps,resume]
                                  [--preset full|tiny] [--compile true] [--output FILE]

`tiny` only shows that every contender runs: all in this process, whose memory they share.

load:    rows and masks; theirs is a row of an Arrow table + DataCollatorForLanguageModeling.
masked:  forward and backward of two BERT layers, a vocabulary of 100,000, 1,536 tokens; theirs
         makes logits for every position.
causal:  the same with GPT-2 layers; theirs holds all logits at once.
steps:   whole steps with loading and AdamW, two layers of XLM-R, as masked; theirs is the Trainer,
         without DeepSpeed and with it (ZeRO 1). --compile true: ours with torch.compile, too.
resume:  the first batch in the middle of an epoch of 10^9 samples.
"""

import itertools
import json
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import gpu
from gpu import Shape
from lingraft import program
from measuring import Figures, in_fresh_process, in_this_process


@dataclass(frozen=True)
class Sizes:
    """How much of everything there is."""

    tokens: int  # of the file that is loaded
    batches: int
    batch: int  # rows of 512 tokens that are loaded at once
    times: int  # the fastest of so many counts
    shape: Shape


PRESETS = {
    "full": Sizes(
        tokens=4_000_000, batches=100, batch=32, times=3,
        shape=Shape("2 layers", "xlm-roberta", 100_000, 2, 768, 256, 6, steps=2),
    ),
    "tiny": Sizes(
        tokens=40_000, batches=2, batch=4, times=1,
        shape=Shape("2 layers", "xlm-roberta", 300, 2, 64, 32, 4, steps=2),
    ),
}  # fmt: skip


def main(only: str = "", preset: str = "full", output: str = "", compile: bool = False) -> None:
    """Run the comparisons and print a table.

    Args:
        only: comparisons to run, separated by commas; all by default.
        preset: full, or tiny.
        output: file to write the figures to, as JSON.
        compile: compare ours with torch.compile, too, which takes minutes to compile.
    """
    program.prepare_process()
    program.go_offline()
    program.use_threads(1)
    sizes = PRESETS[preset]
    measure = in_this_process if preset == "tiny" else in_fresh_process
    figures: dict[str, dict[str, Figures]] = {}
    if compile:
        COMPARISONS["steps"]["lingraft, torch.compile"] = partial(steps_ours, compiled=True)
    for name in only.split(",") if only else COMPARISONS:
        figures[name] = {
            contender: measure(function, sizes) for contender, function in COMPARISONS[name].items()
        }
        print_rows(name, figures[name])
    if output:
        Path(output).write_text(json.dumps(figures, indent=2), encoding="utf-8")


def print_rows(name: str, contenders: dict[str, Figures]) -> None:
    """One line for each contender, then the ratios to ours."""
    print(f"\n{name}")
    for contender, figures in contenders.items():
        values = "  ".join(f"{key} {value:,.4g}" for key, value in figures.items())
        print(f"  {contender:<34} {values}")
    ours = contenders["lingraft"]
    for contender, figures in contenders.items():
        if contender != "lingraft":
            seconds = figures["cpu_s"] / max(1e-9, ours["cpu_s"])
            memory = figures.get("added_mb", 0.0) / max(1e-9, ours.get("added_mb", 0.0) or 1e9)
            extra = f", memory {memory:.2f}x" if "added_mb" in figures else ""
            print(f"  ours against {contender}: CPU {seconds:.2f}x{extra}")


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
        started = time.process_time()
        for step in range(sizes.batches):
            data.batch(np.arange(step * rows_at_once, (step + 1) * rows_at_once))
        seconds = time.process_time() - started
    return {"cpu_s": seconds, "tokens_per_s": sizes.batches * rows_at_once * 512 / seconds}


def load_theirs(sizes: Sizes) -> Figures:
    from datasets import Dataset

    ids = np.random.default_rng(0).integers(5, 16_000, (sizes.tokens // 512, 512)).astype(np.int32)
    columns = {"input_ids": ids, "attention_mask": np.ones_like(ids, np.int8)}
    rows = Dataset.from_dict({**columns, "special_tokens_mask": np.zeros_like(ids, np.int8)})
    collator = gpu._collator(replace(sizes.shape, vocabulary=16_000))
    order = np.random.default_rng(1).permutation(len(rows))
    started = time.process_time()
    for step in range(sizes.batches):
        chosen = order[step * sizes.batch % (len(rows) - sizes.batch) :][: sizes.batch]
        collator([rows[int(index)] for index in chosen])
    seconds = time.process_time() - started
    return {"cpu_s": seconds, "tokens_per_s": sizes.batches * sizes.batch * 512 / seconds}


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


def _step_theirs(sizes: Sizes, kind: str) -> Figures:
    model, (ids, labels) = _model(kind, sizes.shape), _labelled(kind, sizes.shape)
    return _time_step(lambda: model(input_ids=ids, labels=labels).loss, model, sizes.times)


def _step_ours(sizes: Sizes, kind: str) -> Figures:
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
        lambda: prediction_loss(model, ids, positions, targets) / len(positions), model, sizes.times
    )


def _time_step(loss_of: Callable[[], Any], model: Any, times: int) -> Figures:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    best = float("inf")
    for _ in range(times):
        model.zero_grad(set_to_none=True)
        started = time.process_time()
        loss = loss_of()
        loss.backward()
        best = min(best, time.process_time() - started)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_s": best, "loss": loss.item(), "added_mb": after - before}


# --- whole steps ---


def steps_ours(sizes: Sizes, compiled: bool = False) -> Figures:
    from lingraft.training.world import join_world

    figures = gpu.measure_ours(sizes.shape, join_world(), zero_stage=0, compiled=compiled)
    return {"cpu_s": figures["cpu_s"], "loss": figures["loss"]}


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
    """What run_mlm does once its data is there; the time of a step is the fastest after one."""
    import torch
    from datasets import Dataset
    from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

    times, losses = [time.process_time()], []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *arguments: Any, **state: Any) -> None:
            times.append(time.process_time())

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
    steps = [after - before for before, after in itertools.pairwise(times[1:])]
    return {"cpu_s": min(steps), "loss": losses[0]}


def resume_ours(sizes: Sizes) -> Figures:
    from lingraft.training.sampler import Sampler

    started = time.process_time()
    Sampler([10**9], [1.0], seed=1).draw(np.arange(5 * 10**8, 5 * 10**8 + 256))
    return {"cpu_s": time.process_time() - started}


COMPARISONS: dict[str, dict[str, Callable[[Sizes], Figures]]] = {
    "load": {"lingraft": load_ours, "datasets + DataCollator": load_theirs},
    "masked": {
        "lingraft": partial(_step_ours, kind="masked"),
        "Hugging Face": partial(_step_theirs, kind="masked"),
    },
    "causal": {
        "lingraft": partial(_step_ours, kind="causal"),
        "Hugging Face": partial(_step_theirs, kind="causal"),
    },
    "steps": {
        "lingraft": steps_ours,
        "Trainer": steps_trainer,
        "Trainer under DeepSpeed": steps_trainer_deepspeed,
    },
    "resume": {"lingraft": resume_ours},
}


if __name__ == "__main__":
    program.run(main)
