"""A results folder as the workflow leaves it, with known effects, without any training."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.artifacts import new_artifact
from lingraft.evaluation.outcome import Score
from lingraft.evaluation.results import TaskResult, read_result, result_key, write_result
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.models.scoring.settings import HeldOutMeasure
from lingraft.reporting.collected.collection import Collected
from lingraft.stages.trainings import TrainingId, encoders, steps, trainings

# Loss in nats and the chance of rank 1 of each initialization: before and after pretraining.
EFFECTS: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "random": ((9.4, 0.01), (6.3, 0.02)),
    "mean": ((8.9, 0.01), (6.2, 0.02)),
    "wechsel": ((8.2, 0.25), (5.6, 0.55)),
    "ofa-100": ((8.4, 0.20), (5.8, 0.45)),
    "focus": ((8.6, 0.15), (5.9, 0.40)),
    "trans-tokenization": ((6.8, 0.85), (5.5, 0.92)),
}
EMPTY = Collected((), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, (), {}, ())  # no results
SIZES = (700_000, 700_000, 700_000, 20_000, 3_000_000)  # bytes of training text, corpus by corpus
MEASURE = HeldOutMeasure().as_record()
TUNING = {"data": ["pairs"], "loss": {"name": "distillation"}, "steps": 20}
EXAMPLES = [
    {"token": "▁nyumba", "provenance": "combined", "neighbors": [["house", 0.71], ["home", 0.2]]},
    {"token": "▁<b>&", "provenance": "combined", "neighbors": [["<script>", 0.5]]},
    {"token": "文件", "provenance": "combined", "neighbors": [["file", 0.9], ["document", 0.1]]},
]


def configuration(
    languages: Mapping[str, Sequence[str]] | None = None,
    initializations: Sequence[str] = tuple(EFFECTS),
    seeds: Sequence[int] | Mapping[str, Sequence[int]] = (1,),
    encoders: Mapping[str, Sequence[str]] | None = None,
    pretraining: str | Mapping[str, str] = "short",
    **report: Any,
) -> Config:
    """A configuration with a run for each key of `languages`, over its languages.

    `encoders` are recipes with the initializations that have them, in every run; `pretraining` is
    the recipe of all initializations (`short` or `long`), or that of each one that is trained.
    """
    languages = languages or {"swahili": ["swh_Latn"], "chinese": ["zho_Hans"]}
    codes = list(dict.fromkeys(code for group in languages.values() for code in group))
    corpus = {"source": "chromium", "format": "chromium", "locale": "sw"}
    corpora = {c: {"language": c, "pivot": "english", "texts": [corpus]} for c in codes}
    english = {"language": "eng_Latn", "texts": [corpus | {"locale": "en"}]}
    methods = {name: {"method": "random"} for name in initializations}  # only names matter here
    runs = {
        name: {
            "model": "minilm",
            "tokenizer": name,
            "corpora": list(group),
            "alignments": [f"english-{name}"],
            "initializations": list(initializations),
            "pretraining": pretraining if isinstance(pretraining, str) else dict(pretraining),
            "seeds": dict(seeds) if isinstance(seeds, Mapping) else list(seeds),
        }
        for name, group in languages.items()
    }
    content: dict[str, Any] = {
        "experiment": "demo",
        "sources": {"chromium": {"kind": "debian", "package": "chromium-l10n"}},
        "corpora": {"english": english, **corpora},
        "models": {"minilm": {"source": "chromium", "language": "eng_Latn"}},
        "tokenizers": {
            name: {"corpora": list(group), "vocabulary_size": 8000}
            for name, group in languages.items()
        },
        "vectors": {name: {"corpus": name} for name in ("english", *codes)},
        "alignments": {
            f"english-{name}": {
                "source": "english",
                "target": group[0],
                "dictionaries": [{"format": "parallel", "corpus": group[0]}],
            }
            for name, group in languages.items()
        },
        "initializations": methods,
        "pretraining": {"short": {"steps": 60, "learning_rate": 5e-4}},
        "runs": runs,
        "evaluation": {"language_model": {}, "retrieval": {}},
        "report": {"resamples": 500, **report},
    }
    if not isinstance(pretraining, str) and "long" in pretraining.values():
        content["pretraining"]["long"] = {"steps": 90, "learning_rate": 2e-4}
    if encoders:
        content["training_sets"] = {"pairs": {"kind": "translations", "corpora": codes}}
        recipe = {"stages": [TUNING], "learning_rate": 1e-4}
        content["encoders"] = dict.fromkeys(encoders, recipe)
        for run in runs.values():
            run["encoders"] = {name: list(chosen) for name, chosen in encoders.items()}
    return check(content, "synthetic.yaml")


def write_results(
    config: Config, root: Path, documents: int = 40, pairs: int = 80, inputs: bool = True
) -> Path:
    """Write the whole tree `results/<experiment>` and return it."""
    results = root / "results" / config.experiment
    for training in trainings(config):
        for step in steps(config, training):
            write_evaluation(config, results, training, step, documents, pairs)
        _write_model(results, training, "pretrained" in steps(config, training))
        for encoder in encoders(config, training):
            _write_encoder(results, training, encoder)
        _write_benchmarks(config, results, training)
    if inputs:
        _write_inputs(config, results)
    return results


def write_evaluation(
    config: Config,
    results: Path,
    training: TrainingId,
    step: str,
    documents: int = 40,
    pairs: int = 80,
) -> None:
    """Write both tasks of one model at one step, with their predictions."""
    run = config.runs[training.run]
    languages = [config.corpora[name].language for name in run.corpora]
    folder = results / "evaluation" / training.folder / step
    folder.mkdir(parents=True, exist_ok=True)
    state = {"initialized": 0, "pretrained": 1}.get(step, 2)
    effect = EFFECTS.get(training.initialization, EFFECTS["wechsel"])
    loss, hit = effect[min(state, 1)]
    if (
        state == 2
    ):  # an encoder: a little worse a language model, and better vectors of what is known
        loss, hit = loss + 0.3, hit + 0.6 * (1 - hit) * (hit > 0.1)
    rng = np.random.default_rng([training.seed, len(training.initialization), state])
    shift = rng.normal(scale=0.03)
    parts = [_language_model(code, loss + shift, documents, rng) for code in languages]
    _write(folder / "language_model.json", "language_model/document", parts)
    parts = [_retrieval(code, hit, pairs, rng) for code in languages]
    _write(folder / "retrieval.json", "retrieval/source", parts)


def _language_model(
    language: str, level: float, n: int, rng: np.random.Generator
) -> tuple[list[Score], list[dict[str, Any]]]:
    common = np.random.default_rng(sum(language.encode()))  # the same documents for every model
    tokens_N = common.integers(20, 60, size=n)
    predicted_N = np.maximum(1, tokens_N // 7)
    bytes_N = tokens_N * 4
    hardness_N = common.normal(scale=0.4, size=n)
    loss_N = np.maximum(0.05, level + hardness_N + rng.normal(scale=0.1, size=n)) * predicted_N
    loss = float(loss_N.sum() / predicted_N.sum())
    bits = loss * float(tokens_N.sum() / bytes_N.sum()) / math.log(2)
    scores = [
        Score(language, "loss", loss, n, "down"),
        Score(language, "bits_per_byte", bits, n, "down"),
    ]
    columns = zip(loss_N, predicted_N, tokens_N, bytes_N, strict=True)
    predictions = [
        {"id": f"{language}/{i}", "language": language, "loss": float(a)}
        | {"predicted": int(b), "tokens": int(c), "bytes": int(d)}
        for i, (a, b, c, d) in enumerate(columns)
    ]
    return scores, predictions


def _retrieval(
    language: str, hit: float, n: int, rng: np.random.Generator
) -> tuple[list[Score], list[dict[str, Any]]]:
    ranks_N = np.where(rng.random(n) < hit, 1, rng.integers(2, n + 1, size=n))
    setting = "pivot to target"
    scores = [
        Score(language, f"accuracy@{k}", float((ranks_N <= k).mean()), n, setting=setting)
        for k in (1, 10)
    ]
    scores.append(Score(language, "accuracy@1", 0.11, n, system="copied tokens", setting=setting))
    predictions = [
        {"id": f"{language}/{i}", "language": language, "setting": setting, "system": "model"}
        | {"rank": int(rank)}
        for i, rank in enumerate(ranks_N)
    ]
    return scores, predictions


def _write(path: Path, protocol: str, parts: Sequence[Any]) -> None:
    scores = [score for part, _ in parts for score in part]
    predictions = [row for _, rows in parts for row in rows]
    task = path.stem
    key = result_key(task, protocol, {}, {}, {})
    result = TaskResult(task, protocol, {}, {"weights": "0" * 64}, {"torch": "2"}, key, scores)
    write_result(path, result, predictions)


def _write_model(results: Path, training: TrainingId, is_trained: bool) -> None:
    folder = results / "models" / training.folder
    account = {
        "method": training.initialization,
        "rows": {"role": 5, "exact": 900, "fuzzy": 0, "combined": 6000, "fill": 1095},
        "coverage": 0.863,
        "norms": {"source": 1.21, "target": 1.1, "by_provenance": {"exact": 1.2, "fill": 0.9}},
        "bias_policy": "unigram",
        "examples": EXAMPLES,
    }
    if training.initialization == "random":
        account |= {"rows": {"role": 5, "fill": 7995}, "coverage": 0.0, "examples": []}
    make(folder / "initialized", "model", "initialization.json", json.dumps(account))
    if not is_trained:
        return
    text = "".join(json.dumps(line) + "\n" for line in _curve(results, training))
    make(folder / "pretrained", "model", "metrics.jsonl", text)


def _write_encoder(results: Path, training: TrainingId, encoder: str) -> None:
    lines = [
        {"kind": "tune", "step": step, "loss": 1 / step, "pair_loss": 1 / step}
        | {"seconds": step * 0.4, "cpu_seconds": step * 0.7, "processes": 1, "device": "cpu"}
        for step in (10, 20)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    make(results / "models" / training.folder / encoder, "model", "metrics.jsonl", text)


def _curve(results: Path, training: TrainingId) -> Iterator[dict[str, Any]]:
    """From the bits per byte of the evaluation at step 0 to those after pretraining."""
    start, end = (_bits_per_byte(results, training, s) for s in ("initialized", "pretrained"))
    rng = np.random.default_rng([training.seed, 7])
    for step in range(0, 61, 10):
        left = (math.exp(-step / 15) - math.exp(-4)) / (1 - math.exp(-4))
        bits = end + (start - end) * left + float(rng.normal(scale=0.007)) * (0 < step < 60)
        budget = {"step": step, "tokens": step * 2048, "seconds": step * 0.4}
        budget |= {"cpu_seconds": step * 0.7, "processes": 1, "device": "cpu"}
        scores = {"loss": bits / 0.36, "bits_per_byte": bits}
        yield {"kind": "valid", **budget, **scores, "measure": MEASURE}
        if step:
            yield (
                {"kind": "train", **budget, "loss": bits / 0.36, "lr": 1e-4}
                | {"tokens_per_second": 5120, "peak_memory_bytes": 1_500_000_000}
            )


def _bits_per_byte(results: Path, training: TrainingId, step: str) -> float:
    path = results / "evaluation" / training.folder / step / "language_model.json"
    scores = [s.value for s in read_result(path).scores if s.metric == "bits_per_byte"]
    return float(np.mean([value for value in scores if value is not None]))


def make(folder: Path, kind: str, name: str, text: str) -> None:
    """An artifact of one file; made again, it holds another."""
    with new_artifact(folder, kind) as staging:
        (staging / name).write_text(text)


def _write_benchmarks(config: Config, results: Path, training: TrainingId) -> None:
    folder = results / "benchmarks" / "models" / training.run / training.initialization
    folder.mkdir(parents=True, exist_ok=True)
    tuned: dict[str, float] = dict.fromkeys(encoders(config, training), 9.0)
    states = {"initialized": 12.5, "pretrained": 31.0, **tuned}
    for step, seconds in [(step, states[step]) for step in steps(config, training)]:
        record = {"s": seconds, "h:m:s": "0:00:12", "max_rss": 812.3, "cpu_time": seconds * 1.7}
        (folder / f"seed-{training.seed}-{step}.jsonl").write_text(json.dumps(record) + "\n")


def _write_inputs(config: Config, results: Path) -> None:
    facts: dict[str, Any] = {"license": "BSD-3-Clause", "version": "130.0-1", "package": "l10n"}
    with new_artifact(results / "downloads" / "chromium", "download", facts=facts) as folder:
        (folder / "payload").write_text("x")
    for number, (name, corpus) in enumerate(config.corpora.items()):
        train = {"documents": 9000, "bytes": SIZES[number % len(SIZES)]}
        splits = {"train": train, "valid": {"documents": 500}}
        statistics: dict[str, Any] = {"splits": splits}
        if corpus.pivot and number % 4:  # every fourth language has no parallel text
            statistics["parallel"] = {"pairs": train["bytes"] // 80}
        facts = {"language": corpus.language, "licenses": {"chromium": "BSD-3-Clause"}}
        facts["splits"] = splits
        with new_artifact(results / "corpora" / name, "corpus", facts=facts) as folder:
            (folder / "statistics.json").write_text(json.dumps(statistics))
    for name in config.tokenizers:
        metrics = {"vocabulary_size": 8000, "fertility": 1.42, "unknown_rate": 0.0}
        make(results / "tokenizers" / name, "tokenizer", "metrics.json", json.dumps(metrics))
    for name, alignment in config.alignments.items():
        write_alignment(results / "alignments" / name, 0.42 if "chinese" in name else 0.02)
        assert alignment.method


def write_alignment(folder: Path, precision: float) -> None:
    """Write the metrics of an alignment that translates a `precision` share of words."""
    shares = {f"p_at_{k}_covered": precision * f for k, f in ((1, 1.0), (5, 1.3), (10, 1.5))}
    shares |= {f"p_at_{k}_all": precision * f * 0.6 for k, f in ((1, 1.0), (5, 1.3), (10, 1.5))}
    warnings = [] if precision > 0.05 else ["held-out P@1 is 0.020, below 0.05"]
    metrics = {
        "method": "procrustes",
        "dimension": 100,
        "pairs": {"given": 5000, "in_vocabulary": 2100, "used": 2100},
        "source_words": {"given": 4000, "covered": 2400, "coverage": 0.6},
        "precision": {"nn": shares, "csls": shares},
        "mean_cosine": {"pairs": 0.5, "random": 0.0},
        "warnings": warnings,
    }
    make(folder, "alignment", "metrics.json", json.dumps(metrics))


def as_dict(item: Any) -> dict[str, Any]:
    """A dataclass as a plain dict."""
    return asdict(item)
