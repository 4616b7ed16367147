"""Encoding and tuning against what a user of sentence-transformers would run.

Both sides have the same random model of MiniLM's size, the same texts and the same threads. Lengths
of texts are spread as those of interface messages: most are short.

    python benchmarks/encoders.py [--only encode,step] [--preset full|brief|tiny]
                                  [--output FILE] [--table FILE]

`tiny` only shows that every contender runs.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program
from measuring import Comparison, Contender, Figures, timed
from rows import run_comparisons

THREADS = 1
WIDTH_OF_BATCH = 64
ROLES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [f"word{number}" for number in range(7_995)]
COUNTS = {  # texts, steps
    "full": {"encode": 3_000, "step": 12},
    "brief": {"encode": 1_500, "step": 4},
    "tiny": {"encode": 2, "step": 2},
}


def main(only: str = "", preset: str = "full", output: str = "", table: str = "") -> None:
    """Run the comparisons and print their rows.

    Args:
        only: comparisons to run, separated by commas; all by default.
        preset: full, brief, or tiny.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    found = comparisons(preset)
    run_comparisons((("encoders", one) for one in found), preset, only, output, table)


def comparisons(preset: str, corpora: Sequence[Path] = ()) -> Iterator[Comparison]:
    """Texts to vectors, and steps of a tuning."""
    steps = f"steps of {WIDTH_OF_BATCH} random texts, distillation"
    for name, what, ours, label, theirs in (
        ("encode", "random texts to vectors", our_encode, "`encode`", library_encode),
        ("step", steps, our_step, "trainer, `MSELoss`", library_step),
    ):
        count = COUNTS[preset][name]
        yield Comparison(
            name,
            f"{count:,} {what}, MiniLM's size",
            Contender("lingraft", timed_contender, (ours, preset, count)),
            (Contender(label, timed_contender, (theirs, preset, count), "sentence-transformers"),),
            threads=THREADS,
        )


def timed_contender(
    contender: Callable[..., Callable[[], None]], preset: str, count: int
) -> Figures:
    """What a contender takes, without loading its model."""
    program.use_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        work = contender(made_up_model(Path(folder), preset), count)
        return timed(work)


def made_up_model(folder: Path, preset: str) -> Path:
    """A random masked model and a tokenizer of words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

    vocabulary = {token: number for number, token in enumerate([*ROLES, *WORDS])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token=ROLES[1]))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    PreTrainedTokenizerFast(
        tokenizer_object=backend, **dict(zip(names, ROLES, strict=True))
    ).save_pretrained(folder)
    is_full = preset != "tiny"
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=384 if is_full else 32,
        num_hidden_layers=6 if is_full else 1, num_attention_heads=12 if is_full else 2,
        intermediate_size=1536 if is_full else 32,
    )  # fmt: skip
    BertForMaskedLM(config).save_pretrained(folder)
    return folder


def made_up_examples() -> list[Any]:
    """Translations of 3 to 62 words, eleven in the mean."""
    from lingraft.encoders.examples import TrainingExample

    generator = np.random.default_rng(0)
    lengths = np.clip(generator.geometric(0.11, 12_000) + 2, 3, 62)
    words = np.array(WORDS)  # once, not in every choice
    texts = [" ".join(generator.choice(words, size)) for size in lengths]
    return [TrainingExample(str(n), (text, text), "swh_Latn") for n, text in enumerate(texts)]


def recipe(steps: int) -> Any:
    """Fifty-token texts, distillation."""
    from lingraft.encoders.settings import TunedEncoder

    stage = {"data": ["p"], "loss": {"name": "distillation"}, "steps": steps}
    return TunedEncoder(maximum_length=64, stages=[{**stage, "batch_size": WIDTH_OF_BATCH}])


def our_encode(model: Path, count: int) -> Callable[[], None]:
    """The evaluation's way."""
    from lingraft.encoders.student import make_student
    from lingraft.evaluation.measures.embed import SentenceEmbedder
    from lingraft.evaluation.measures.embedding import Embedding

    student = make_student(model, recipe(1))
    texts = [example.texts[1] for example in made_up_examples()[:count]]
    embedder = SentenceEmbedder(student.encoder.eval(), student.tokenizer, "document")
    return lambda: _done(embedder.embed(texts, Embedding()))


def library_encode(model: Path, count: int) -> Callable[[], None]:
    """`SentenceTransformer.encode` with its defaults."""
    from lingraft.encoders.student import make_student

    encoder = make_student(model, recipe(1)).encoder.eval()
    texts = [example.texts[1] for example in made_up_examples()[:count]]
    return lambda: _done(encoder.encode(texts, show_progress_bar=False))


def our_step(model: Path, count: int) -> Callable[[], None]:
    """Steps of our loop, without checkpoints."""
    import torch

    from lingraft.encoders.batches import ExampleSampler
    from lingraft.encoders.optimizer import TuningOptimizer
    from lingraft.encoders.student import make_student
    from lingraft.encoders.trainee import Trainee

    settings, examples = recipe(count), made_up_examples()
    student = make_student(model, settings)
    sampler = ExampleSampler({"p": examples}, count, WIDTH_OF_BATCH, 1.0, 1)
    width = student.encoder.get_embedding_dimension()
    prepared = {"teacher_NE": torch.randn(len(examples), width)}
    trainee = Trainee(student, settings, settings.stages[0], prepared)
    optimizer = TuningOptimizer(trainee.groups(settings), settings)
    student.encoder.train()

    def steps() -> None:
        for step in range(count):
            numbers_N = sampler.numbers(step)
            chosen = [examples[number] for number in numbers_N]
            trainee.losses(chosen, numbers_N, numbers_N.astype(np.uint64)).total.backward()
            optimizer.update(1.0, 1.0)

    return steps


def library_step(model: Path, count: int) -> Callable[[], None]:
    """SentenceTransformerTrainer with MSELoss on the same number of examples."""
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.sentence_transformer.losses import MSELoss

    from lingraft.encoders.student import make_student

    encoder = make_student(model, recipe(count)).encoder
    texts = [example.texts[1] for example in made_up_examples()]
    width = encoder.get_embedding_dimension()
    labels = np.random.default_rng(0).normal(size=(len(texts), width)).astype(np.float32)
    data = Dataset.from_dict({"text": texts, "label": list(labels)})
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(model), max_steps=count, per_device_train_batch_size=WIDTH_OF_BATCH,
        report_to="none", save_strategy="no", disable_tqdm=True, use_cpu=True,
    )  # fmt: skip
    trainer = SentenceTransformerTrainer(
        model=encoder, args=arguments, train_dataset=data, loss=MSELoss(encoder)
    )
    return lambda: _done(trainer.train())


def _done(result: Any) -> None:
    del result


if __name__ == "__main__":
    program.run(main)
