"""How data flow through the stages, found from the table of stages and the shipped configurations.

The head's warm-up, shards, mining and merges are left out: they repeat stages for one model, corpus
or set, and mix what others made.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.house.imports import Arrows

from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import load
from lingraft.stages.rules import STAGES
from lingraft.stages.trainings import steps, trainings

ROOT = Path(__file__).parents[2]
REPORT = "report"
_LEFT_OUT = (
    "clean_shard", "encode_corpus_for_head", "warm_up_head", "merge_encoders", "mine_negatives"
)  # fmt: skip
_ALSO_EVALUATE = ("evaluate_tokenizer", "evaluate_alignment", "evaluate_vectors")
_MADE_BY = {  # folder below the results -> the stage that makes it, by its key in STAGE_VERSION
    "downloads": "download",
    "corpora": "corpus",
    "tokenizers": "tokenizer",
    "tokens": "tokens",
    "vectors": "vectors",
    "alignments": "alignment",
    "source_models": "source_model",
    "datasets": "dataset",
    "generators": "generator",
    "initialized": "initialization",
    "pretrained": "pretraining",
    "training_sets": "training_set",
}


def flow() -> Arrows:
    """For each kind of stage the kinds of stages whose artifacts it reads."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "config").glob("*.yaml")):
        config = load(path)
        for stage, names in _jobs(config):
            row = STAGES[stage]
            read = found.setdefault(row.version or REPORT, set())
            for one in row.reads(config, names).values():
                read |= {_maker(place) for place in one.places}
    found.setdefault(REPORT, set()).add("evaluation")
    return {stage: frozenset(read - {stage}) for stage, read in found.items()}


def room_of(program: str) -> str:
    """The room whose entry a program calls."""
    text = (ROOT / "scripts" / f"{program}.py").read_text("utf-8")
    found = re.search(r"from lingraft\.(\w+)(?:\.\w+)*\.stage import", text)
    if found is None:
        raise ValueError(f"scripts/{program}.py calls no stage.py")
    return found[1]


def table() -> str:
    """The stages as a Markdown table, in the order of the data."""
    lines = ["| stage | program | room | reads |", "|---|---|---|---|"]
    reads = flow()
    for name, row in STAGES.items():
        if name in _LEFT_OUT or name in _ALSO_EVALUATE:
            continue
        program, stage = row.program or name, row.version or REPORT
        read = ", ".join(sorted(reads.get(stage, ()))) or "the network, local files"
        lines.append(
            f"| {stage} | [{program}](../scripts/{program}.py) | {room_of(program)} | {read} |"
        )
    return "\n".join(lines)


def _maker(place: str) -> str:
    first, *_, last = place.split("/")
    return _MADE_BY.get(last, "encoder") if first == "models" else _MADE_BY[first]


def _jobs(config: Config) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Jobs of each stage of an experiment, with the values of their wildcards."""
    sections = {
        "prepare_corpus": config.corpora,
        "train_tokenizer": config.tokenizers,
        "train_vectors": config.vectors,
        "align_vectors": config.alignments,
        "train_generator": config.generators,
        "prepare_training_set": config.training_sets,
        "prepare_dataset": config.datasets,
    }
    yield from (("fetch", {"source": name}) for name in config.sources)
    yield from (("convert_model", {"model": name}) for name in config.models)
    for stage, section in sections.items():
        yield from ((stage, {"name": name}) for name in section)
    for run in config.runs.values():
        yield from (
            ("encode_corpus", {"tokenizer": run.tokenizer, "corpus": name}) for name in run.corpora
        )
    for cell in trainings(config):
        names = {"run": cell.run, "initialization": cell.initialization, "seed": str(cell.seed)}
        states = steps(config, cell)
        yield "initialize_embeddings", names
        if "pretrained" in states:
            yield "pretrain", names
        yield from (("evaluate", {**names, "step": step}) for step in states)
        tuned = (step for step in states if step in config.encoders)
        yield from (("tune_encoder", {**names, "encoder": step}) for step in tuned)
