"""Training on one GPU against run_mlm / run_clm as a user runs them: speed, use, memory.

    python benchmarks/gpu.py [--preset full|tiny] [--output FILE]

`full` takes about three minutes on one GPU of 80 GB: XLM-R base with 250,002 and 401,145 tokens,
GPT-2 small and ModernBERT base; the first also with DeepSpeed's ZeRO. `tiny` runs on any machine
and only shows that the program works. Both sides train the
same model on the same rows in bf16 with DeepSpeed and fused AdamW. Ours is the engine as
`scripts/pretrain.py` uses it, loading included. Theirs is the step of the Hugging Face Trainer:
ZeRO 1, rows from an Arrow table, DataCollatorForLanguageModeling in the main process (the Trainer's
default of no workers), the model's own loss.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program

Figures = dict[str, float]


@dataclass(frozen=True)
class Shape:
    """A model and a batch."""

    name: str
    architecture: str
    vocabulary: int
    layers: int
    hidden: int
    length: int
    rows: int
    steps: int

    @property
    def objective(self) -> str:
        """What the model predicts."""
        return "causal" if self.architecture == "gpt2" else "masked"


PRESETS = {
    "full": [
        Shape("XLM-R base, 250,002 tokens", "xlm-roberta", 250_002, 12, 768, 512, 32, 25),
        Shape("XLM-R base, 401,145 tokens", "xlm-roberta", 401_145, 12, 768, 512, 32, 25),
        Shape("GPT-2 small, 50,257 tokens", "gpt2", 50_257, 12, 768, 1024, 16, 25),
        Shape("ModernBERT base, 50,368 tokens", "modernbert", 50_368, 22, 768, 1024, 32, 25),
    ],
    "tiny": [
        Shape("tiny XLM-R", "xlm-roberta", 2_000, 2, 64, 32, 4, 3),
        Shape("tiny GPT-2", "gpt2", 2_000, 2, 64, 32, 4, 3),
        Shape("tiny ModernBERT", "modernbert", 2_000, 4, 64, 32, 4, 3),
    ],
}
_WARM_UP = 3


def main(preset: str = "full", output: str = "") -> None:
    """Measure and print a table in Markdown.

    Args:
        preset: full, or tiny.
        output: file to write the figures to, as JSON.
    """
    program.prepare_process()
    program.go_offline()
    program.use_threads(1)
    import torch

    from lingraft.training.world import join_world

    world = join_world()
    device = torch.cuda.get_device_name() if world.device.type == "cuda" else "CPU (no figure)"
    print(f"Measured on {time.strftime('%Y-%m-%d')} on {device}, torch {torch.__version__}.\n")
    print("| model | side | tokens/s | MFU (useful) | peak memory | loss |")
    print("|---|---|---|---|---|---|")
    results = []
    for shape in PRESETS[preset]:
        further = FURTHER_SIDES if shape is PRESETS[preset][0] else {}
        for side, measure in (SIDES | further).items():
            figures = measure(shape, world)
            results.append({"model": shape.name, "side": side, **figures})
            print(
                f"| {shape.name} | {side} | {figures['tokens_per_second']:,.0f} "
                f"| {figures['mfu']:.1%} | {figures['peak_gb']:.2f} GB | {figures['loss']:.3f} |"
            )
    if output:
        Path(output).write_text(json.dumps({"device": device, "results": results}, indent=2))


def measure_ours(
    shape: Shape, world: Any, zero_stage: int = 0, compiled: bool | None = None
) -> Figures:
    """The engine of continued pretraining, with compiled layers where a training has them."""
    from lingraft.training.batches import TrainingData, in_background
    from lingraft.training.compiling import compiles_by_default
    from lingraft.training.engine import Engine
    from lingraft.training.layout import Layout
    from lingraft.training.objectives import objective_of_recipe
    from lingraft.training.stage import choose_precision

    with tempfile.TemporaryDirectory() as folder:
        recipe, file = _recipe(shape), _token_file(Path(folder), shape)
        stage = recipe.all_stages[0]
        precision = choose_precision("auto", world)
        if compiled is None:
            compiled = compiles_by_default(world.device, False, zero_stage)
        layout = Layout(zero_stage, precision, shape.rows, 1, compile=compiled)
        objective = objective_of_recipe(make_model(shape, world.device), recipe)
        engine = Engine(objective, recipe, stage, layout, world)
        data = TrainingData({"text": file}, recipe, stage, 1)
        batches = in_background(data, _numbers(shape))

        def step() -> tuple[float, int]:
            batch, _ = next(batches)
            update = engine.update([(1, batch)], batch.counts, 1.0)
            return update.nats / batch.counts.predictions, batch.counts.predictions

        figures = _measure(step, shape, engine.hf_model, world)
        batches.close()
        engine.close()
    return figures


def measure_theirs(shape: Shape, world: Any) -> Figures:
    """The step of the Trainer under DeepSpeed, with its collator."""
    import deepspeed
    import torch
    from datasets import Dataset

    from lingraft.training.layout import Layout, deepspeed_config
    from lingraft.training.stage import choose_precision

    model = make_model(shape, world.device)
    precision = choose_precision("auto", world)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    config = deepspeed_config(_recipe(shape), Layout(1, precision, shape.rows, 1), 1)
    engine, *_ = deepspeed.initialize(
        model=model, optimizer=optimizer, config=config, dist_init_required=False
    )
    rows = Dataset.from_dict({"input_ids": _text(shape).reshape(-1, shape.length)})
    collate = _collator(shape)
    order = iter(np.random.default_rng(0).integers(0, len(rows), 10_000).tolist())

    def step() -> tuple[float, int]:
        batch = collate([rows[next(order)] for _ in range(shape.rows)])
        moved = {name: tensor.to(world.device) for name, tensor in batch.items()}
        loss = engine(**moved).loss
        engine.backward(loss)
        engine.step()
        return loss.item(), int((moved["labels"] >= 0).sum())

    figures = _measure(step, shape, model, world)
    engine.destroy()
    return figures


def make_model(shape: Shape, device: Any) -> Any:
    """A model of this shape with random weights on a device."""
    import torch
    from transformers import (
        AutoModelForCausalLM,
        AutoModelForMaskedLM,
        GPT2Config,
        ModernBertConfig,
        XLMRobertaConfig,
    )

    torch.manual_seed(0)
    heads = max(1, shape.hidden // 64)
    widths = {
        "vocab_size": shape.vocabulary, "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers, "num_attention_heads": heads,
    }  # fmt: skip
    config: Any
    if shape.architecture == "gpt2":
        config = GPT2Config(**widths, n_positions=shape.length, bos_token_id=0, eos_token_id=2)
    elif shape.architecture == "modernbert":
        config = ModernBertConfig(
            **widths, intermediate_size=3 * shape.hidden // 2, pad_token_id=1, bos_token_id=0,
            eos_token_id=2, cls_token_id=0, sep_token_id=2,
        )  # fmt: skip
    else:
        config = XLMRobertaConfig(
            **widths, intermediate_size=4 * shape.hidden, type_vocab_size=1,
            max_position_embeddings=shape.length + 2,
        )  # fmt: skip
    auto: Any = AutoModelForCausalLM if shape.objective == "causal" else AutoModelForMaskedLM
    with device:
        return auto.from_config(config, trust_remote_code=False)


def _measure(
    step: Callable[[], tuple[float, int]], shape: Shape, model: Any, world: Any
) -> Figures:
    import gc

    import torch

    from lingraft.training.monitor import device_peak, flops, peak_memory

    torch.compiler.reset()  # compiled code of the side before holds its memory
    gc.collect()
    on_gpu = world.device.type == "cuda"
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    for _ in range(_WARM_UP):
        step()
    if on_gpu:
        torch.cuda.synchronize()
    started, cpu_started = time.perf_counter(), time.process_time()
    loss, predictions = 0.0, 0
    for _ in range(shape.steps):
        loss, predictions = step()
    if on_gpu:
        torch.cuda.synchronize()
    seconds = time.perf_counter() - started
    cpu_seconds = time.process_time() - cpu_started
    tokens = shape.rows * shape.length
    # Useful work: the output layer counts only where a token is predicted, on both sides.
    work = flops(model, tokens, shape.length, predictions) * shape.steps
    peak = device_peak(world)
    return {
        "tokens_per_second": tokens * shape.steps / seconds,
        "cpu_s": cpu_seconds / shape.steps,
        "mfu": work / seconds / peak if peak else 0.0,
        "peak_gb": peak_memory(world) / 2**30,
        "loss": loss,
    }


def _recipe(shape: Shape) -> Any:
    from lingraft.config.pretraining import Pretraining

    return Pretraining(
        objective=shape.objective,  # type: ignore[arg-type]
        steps=shape.steps + _WARM_UP + 5,
        sequence_length=shape.length,
        batch_size=shape.rows,
    )


def _numbers(shape: Shape) -> Iterator[Any]:
    for step in range(shape.steps + _WARM_UP + 5):
        yield np.arange(step * shape.rows, (step + 1) * shape.rows)


def _text(shape: Shape) -> Any:
    size = 500 * shape.length
    return np.random.default_rng(0).integers(5, shape.vocabulary, size)


def _token_file(folder: Path, shape: Shape) -> Any:
    from lingraft.corpus.token_files import Counts, Specials, TokenFile, TokenMeta, write_tokens

    ids = _text(shape)
    specials = Specials(shape.vocabulary, separator=2, mask=4, pad=1, special=tuple(range(5)))
    write_tokens(folder / "train.ds", [(ids, np.array([len(ids)]))], "uint32")
    counts = Counts(len(ids), 1, 4 * len(ids), 4 * len(ids), 0)
    TokenMeta("uint32", specials, {"train": counts}, "v", "c").save(folder)
    return TokenFile.open(folder, "train")


def _collator(shape: Shape) -> Any:
    from tokenizers import Tokenizer, models
    from transformers import DataCollatorForLanguageModeling, PreTrainedTokenizerFast

    words = {f"w{number}": number for number in range(shape.vocabulary)}
    roles: dict[str, Any] = {
        "bos_token": "w0", "pad_token": "w1", "eos_token": "w2", "unk_token": "w3",
        "mask_token": "w4",
    }  # fmt: skip
    backend = Tokenizer(models.WordLevel(words, unk_token=roles["unk_token"]))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, **roles)
    return DataCollatorForLanguageModeling(tokenizer, mlm=shape.objective == "masked")


SIDES: dict[str, Callable[[Shape, Any], Figures]] = {
    "lingraft": measure_ours,
    "lingraft, not compiled": partial(measure_ours, compiled=False),
    "Hugging Face": measure_theirs,
}
FURTHER_SIDES: dict[str, Callable[[Shape, Any], Figures]] = {
    f"lingraft, ZeRO {stage}": partial(measure_ours, zero_stage=stage) for stage in (1, 2, 3)
} | {"lingraft, ZeRO 3, compiled": partial(measure_ours, zero_stage=3, compiled=True)}


if __name__ == "__main__":
    program.run(main)
