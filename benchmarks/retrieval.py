"""What the objectives for retrieval are good for: masked, retromae and dupmae at equal steps.

    python benchmarks/retrieval.py --corpus FOLDER [--preset full|tiny] [--seeds 1,2,3]
                                   [--objectives masked,retromae,dupmae] [--output FILE]

A RoBERTa of two layers begins with random weights and reads the corpus; then the first half of
each of 1,000 texts that it did not read must find its second half among all 1,000, by the cosine of
the vectors of the first token, or of the means. Masked training has the same rows and masks, so
the decoder and its loss are all that differs. `tiny` only shows that it runs.
"""

import json
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program

Figures = dict[str, float]
SPECIALS = {
    "bos_token": "<s>",
    "pad_token": "<pad>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
    "cls_token": "<s>",
    "sep_token": "</s>",
}
LENGTH = 48  # tokens of a row, and of a text that is looked for
MADE_UP = [f"word{number}" for number in range(200)]


@dataclass(frozen=True)
class Sizes:
    """How much of everything there is."""

    vocabulary: int
    hidden: int
    held_out: int
    steps: int
    words: int  # of the shortest text


PRESETS = {
    "full": Sizes(vocabulary=2000, hidden=128, held_out=1000, steps=1000, words=16),
    "tiny": Sizes(vocabulary=300, hidden=16, held_out=8, steps=2, words=8),
}


def main(
    corpus: Path | None = None,
    preset: str = "full",
    seeds: str = "1",
    objectives: str = "masked,retromae,dupmae",
    output: str = "",
) -> None:
    """Train and print the shares of texts that are found.

    Args:
        corpus: folder of a corpus; without one, made-up texts.
        preset: full, or tiny.
        seeds: of the trainings, separated by commas.
        objectives: separated by commas.
        output: file to write the figures to, as JSON.
    """
    program.prepare_process()
    program.go_offline()
    program.use_threads(1)
    sizes = PRESETS[preset]
    texts = _texts(corpus, sizes)
    found: dict[str, list[Figures]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _write_inputs(folder, texts[sizes.held_out :], sizes)
        asked = texts[: sizes.held_out]
        found["untrained"] = [_retrieve(folder / "model", asked)]
        for seed in map(int, seeds.split(",")):
            for objective in objectives.split(","):
                figures = _train(folder, objective, seed, sizes.steps)
                figures |= _retrieve(folder / f"{objective}-{seed}", asked)
                found.setdefault(objective, []).append(figures)
                print(objective, seed, json.dumps(figures), flush=True)
    for name, measured in found.items():
        means = {key: float(np.mean([each[key] for each in measured])) for key in measured[0]}
        print(f"{name:10}", {key: round(value, 3) for key, value in means.items()})
    if output:
        Path(output).write_text(json.dumps(found, indent=2))


def _texts(corpus: Path | None, sizes: Sizes) -> list[str]:
    """Different texts of enough words, in a fixed random order."""
    from lingraft.corpus.records import read_texts

    generator = random.Random(0)
    if corpus is None:
        return [" ".join(generator.choices(MADE_UP, k=20)) for _ in range(60)]
    read = dict.fromkeys(document.text for document in read_texts(corpus, "train"))
    texts = [text for text in read if len(text.split()) >= sizes.words]
    generator.shuffle(texts)
    return texts


def _write_inputs(folder: Path, texts: list[str], sizes: Sizes) -> None:
    """A tokenizer of these texts, a model with random weights, and the texts as tokens."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from tokenizers.processors import RobertaProcessing
    from transformers import AutoModelForMaskedLM, PreTrainedTokenizerFast, RobertaConfig

    from lingraft.artifacts import new_artifact

    backend = ByteLevelBPETokenizer(add_prefix_space=True)
    backend.train_from_iterator(
        texts,
        sizes.vocabulary,
        special_tokens=list(dict.fromkeys(SPECIALS.values())),
        show_progress=False,
    )
    backend._tokenizer.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend._tokenizer, model_max_length=LENGTH, **SPECIALS
    )
    torch.manual_seed(0)
    model = AutoModelForMaskedLM.from_config(
        RobertaConfig(
            vocab_size=len(tokenizer), hidden_size=sizes.hidden, num_hidden_layers=2,
            num_attention_heads=2, intermediate_size=4 * sizes.hidden,
            max_position_embeddings=LENGTH + 2, type_vocab_size=1,
            bos_token_id=0, pad_token_id=1, eos_token_id=2,
        ),
        trust_remote_code=False,
    )  # fmt: skip
    with new_artifact(folder / "model", "model") as staging:
        model.save_pretrained(staging)
        tokenizer.save_pretrained(staging)
    _write_tokens(folder / "tokens" / "text", tokenizer, texts)


def _write_tokens(folder: Path, tokenizer: Any, texts: list[str]) -> None:
    from lingraft.artifacts import new_artifact
    from lingraft.corpus.token_files import (
        Counts,
        Specials,
        TokenMeta,
        vocabulary_digest,
        write_tokens,
    )

    rows = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
    ids = np.array([token for row in rows for token in (*row, 2)], np.int64)
    lengths = np.array([len(row) + 1 for row in rows], np.int64)
    specials = Specials(
        vocabulary_size=len(tokenizer), separator=2, prefix=(0,), suffix=(2,), mask=4, pad=1,
        special=(0, 1, 2, 3, 4),
    )  # fmt: skip
    size = sum(map(len, texts))
    with new_artifact(folder, "tokens") as staging:
        write_tokens(staging / "train.ds", [(ids, lengths)], "uint16")
        counts = {"train": Counts(len(ids), len(lengths), size, size, 0)}
        digest = vocabulary_digest(tokenizer.get_vocab())
        TokenMeta("uint16", specials, counts, digest, "made here").save(staging)  # type: ignore[arg-type]


def _train(folder: Path, objective: str, seed: int, steps: int) -> Figures:
    from lingraft.config.pretraining import Masking, Pretraining
    from lingraft.training.job import Job
    from lingraft.training.stage import pretrain

    recipe = Pretraining(
        objective=objective,  # type: ignore[arg-type]
        steps=steps, sequence_length=LENGTH, batch_size=32, learning_rate=1e-3, precision="fp32",
        masking=Masking(probability=0.3, whole_words=True), packing="documents",
    )  # fmt: skip
    before = time.process_time()
    name = f"{objective}-{seed}"
    tokens = {"text": folder / "tokens" / "text"}
    pretrain(Job(recipe, folder / "model", tokens, folder / "state", folder / name, seed))
    return {"cpu_seconds": time.process_time() - before}


def _retrieve(folder: Path, texts: list[str]) -> Figures:
    """Share of the first halves that find their own second half, by kind of vector."""
    halves = [_halves(text) for text in texts]
    first, second = (_vectors(folder, list(part)) for part in zip(*halves, strict=True))
    found = {}
    for name in first:
        scores_QD = first[name] @ second[name].T
        right_Q = scores_QD.argmax(1) == np.arange(len(texts))
        found[f"recall@1 {name}"] = float(right_Q.mean())
    return found


def _halves(text: str) -> tuple[str, str]:
    words = text.split()
    middle = len(words) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])


def _vectors(folder: Path, texts: list[str]) -> dict[str, Any]:
    """Vectors of length 1 by kind: of the first token, and the mean over all."""
    import torch

    from lingraft.models.loading import load_model
    from lingraft.tokenizers.loading import load_tokenizer

    model, tokenizer = load_model(folder), load_tokenizer(folder)
    kinds: dict[str, list[Any]] = {"first": [], "mean": []}
    with torch.inference_mode():
        for begin in range(0, len(texts), 64):
            batch = tokenizer(
                texts[begin : begin + 64], padding=True, truncation=True, max_length=LENGTH,
                return_tensors="pt",
            )  # fmt: skip
            mask = batch["attention_mask"]
            states = model.base_model(input_ids=batch["input_ids"], attention_mask=mask)[0]
            kinds["first"].append(states[:, 0])
            kinds["mean"].append((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))
    return {
        name: torch.nn.functional.normalize(torch.cat(parts), dim=1).numpy()
        for name, parts in kinds.items()
    }


if __name__ == "__main__":
    program.run(main)
