"""A configuration of any size, made so small that its graph finishes on two cores in minutes.

Models, data, steps and languages shrink, and every source becomes the folder of made-up text,
vectors and labels that comes with the repository. Methods, stages, tasks and the joins with
published numbers stay as they are: the same graph with other names in it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lingraft.evaluation.fine_tuning.recipe import FineTuning
from lingraft.evaluation.tasks import TASKS
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.experiment.references import datasets_of_tasks
from lingraft.vectors.trainers.pretrained import PretrainedVectors

DATA = "tests/data/scaled"  # relative to the folder in which the workflow runs, as in tiny.yaml
SUFFIX = "-scaled"
MADE_UP = "Everything here is made-up data and untrained models: it shows that the graph works."

_WIDTH, _FULL_WIDTH = 32, 768  # of the packaged models, and of the models that papers use
_LAYERS = 2
_CORPORA = 3  # of a run
_LANGUAGES = 3  # of a dataset
_WORD_LISTS = ("word_pairs", "analogies")

Content = dict[str, Any]


def scale(config: Config) -> Config:
    """The same experiment in small, under the experiment's name with `-scaled` behind it.

    One run is kept for each model, algorithm of its tokenizer and recipes, with all of its
    initializations.
    """
    content = config.model_dump(mode="json", exclude_unset=True)
    content["experiment"] = config.experiment + SUFFIX
    runs = _runs(config, content)
    languages = _languages(config, runs)
    content["runs"] = runs
    content["sources"] = {name: _source() for name in config.sources}
    for section, shrink in _SECTIONS.items():
        blocks = content.get(section, {})
        content[section] = {name: shrink(config, name, block) for name, block in blocks.items()}
    for name, block in content.get("datasets", {}).items():
        content["datasets"][name] = _dataset(config, name, block, languages)
    measured = content.get("evaluation", {})
    content["evaluation"] = {key: measured[key] for key in measured if key not in TASKS} | {
        name: measured[name] | small
        for name, task in config.evaluation.chosen().items()
        if (small := task.small(_LAYERS)) is not None
    }
    content["report"] = _report(content.get("report", {}), runs)
    return check(content, f"{config.experiment} in small")


def _runs(config: Config, content: Content) -> Content:
    kept: Content = {}
    seen = set()
    for name, run in config.runs.items():
        recipes = frozenset(run.recipes.values())
        kind = (run.model, config.tokenizers[run.tokenizer].algorithm, recipes)
        if kind not in seen:
            seen.add(kind)
            kept[name] = content["runs"][name]
            if run.corpora:
                named = (config.pretraining[recipe] for recipe in run.named_recipes.values())
                shields = {corpus for recipe in named for corpus in recipe.shields}
                kept[name]["corpora"] = [
                    corpus
                    for number, corpus in enumerate(run.corpora)
                    if number < _CORPORA or corpus in shields
                ]
    return kept


def _languages(config: Config, runs: Content) -> list[str]:
    """The languages that kept runs learn, and those that tasks train in."""
    corpora = [name for run in runs.values() for name in run.get("corpora", ())]
    learned = [config.corpora[name].language for name in corpora]
    tasks = config.evaluation.chosen().values()
    trained = [task.train_language for task in tasks if isinstance(task, FineTuning)]
    return list(dict.fromkeys([*learned, *trained]))


def _source() -> Content:
    return {"kind": "local", "path": DATA, "license": "CC0-1.0 (made-up text)"}


def _text(language: str | None) -> str:
    """The made-up language that replaces a real one."""
    return {"eng": "english", "deu": "german"}.get((language or "")[:3], "swahili")


def _corpus(config: Config, name: str, block: Content) -> Content:
    files = f"text/{_text(config.corpora[name].language)}.jsonl"
    source = config.corpora[name].texts[0].source
    text = {"source": source, "format": "jsonl", "files": files, "id_field": "id"}
    rules = block.get("cleaning", {}).items()
    cleaning = {key: value for key, value in rules if key != "identification"}
    texts = [text | {"namespace": "scaled"}]
    small: Content = {"texts": texts, "held_out": {"fraction": 0.1}}
    if (select := config.corpora[name].select) is not None:
        rest = {key: value for key, value in block["select"].items() if key != "documents"}
        sample = {"texts": texts} if select.texts else {}
        small["select"] = rest | sample | {"share": select.share or 0.5}
    return block | small | {"cleaning": cleaning}


def _model(config: Config, name: str, block: Content) -> Content:
    runs = [run for run in config.runs.values() if run.model == name]
    recipes = [config.pretraining[r] for run in runs for r in run.named_recipes.values()]
    model = config.models[name]
    causal = model.objective == "causal" or model.format == "gguf"
    causal |= any(recipe.predicts == "causal" for recipe in recipes)
    kept = {key: block[key] for key in ("source", "language", "head", "objective") if key in block}
    return kept | {"path": "gpt2" if causal else "roberta", "format": "untrained"}


def _tokenizer(config: Config, name: str, block: Content) -> Content:
    if block.get("algorithm") == "pretrained":
        return block | {"path": "vocabulary"}
    if block.get("algorithm") == "keep":
        return block
    if block.get("algorithm") == "extend":
        return block | {"added": 20} if block.get("added") else block
    if block.get("algorithm") == "prune":
        rest = {key: value for key, value in block.items() if key != "vocabulary_size"}
        return rest | {"minimum_count": 1}
    if block.get("algorithm") == "byte-words":
        return block | {"maximum_length": 64}  # it has its size
    return block | {"vocabulary_size": 400, "maximum_length": 64}


def _vectors(config: Config, name: str, block: Content) -> Content:
    vectors = config.vectors[name]
    if not isinstance(vectors, PretrainedVectors):
        own = {key: value for key, value in block.items() if key != "only"}  # one source is left
        return {**own, **vectors.small}
    language = vectors.language
    file = _text(language) if language else "multilingual"
    return block | {"path": f"vectors/{file}.vec", "maximum_words": 10_000}


def _alignment(config: Config, name: str, block: Content) -> Content:
    sides = config.alignments[name].source, config.alignments[name].target
    source, target = (_text(config.vectors[side].language_of(dict(config))) for side in sides)
    is_reversed = target == "english"
    path = f"text/dictionary-english-{source if is_reversed else target}.tsv"

    def dictionary(block: Content) -> Content:
        if "source" not in block:
            return block
        small = {"format": "tsv", "source": block["source"], "path": path}
        return small | ({"reversed": True} if is_reversed else {})

    return block | {"dictionaries": [dictionary(b) for b in block["dictionaries"]]}


def _generator(config: Config, name: str, block: Content) -> Content:
    return block | dict(config.generators[name].small) | _small_width(block)


def _initialization(config: Config, name: str, block: Content) -> Content:
    return block | dict(config.initializations[name].small) | _small_width(block)


def _small_width(block: Content) -> Content:
    """The width of a factorization, if there is one."""
    if "width" not in block:
        return {}
    return {"width": max(2, min(_WIDTH, round(block["width"] * _WIDTH / _FULL_WIDTH)))}


def _pretraining(config: Config, name: str, block: Content) -> Content:
    small: Content = {"sequence_length": 32, "batch_size": 8, "evaluate_every": 2}
    if (merge := config.pretraining[name].merge) is not None:
        small["merge"] = block["merge"] | {"layers": {0: min(merge.layers.values())}}
    if "stages" in block:
        fixed = ("steps", "sequence_length", "batch_size")
        kept = [{k: v for k, v in stage.items() if k not in fixed} for stage in block["stages"]]
        return block | small | {"stages": [stage | {"steps": 2} for stage in kept]}
    return block | small | {"steps": 4}


def _dataset(config: Config, name: str, block: Content, languages: list[str]) -> Content:
    own = config.datasets[name].languages
    if block["format"] == "dictionary":
        codes = {pair: "-".join(map(_text, pair.split("-"))) for pair in own}
        test = _lists(block, "labels/dictionary-{code}-test.tsv")
        return {"source": block["source"], "format": "dictionary", "languages": codes, "test": test}
    chosen = [language for language in languages if language in own]
    chosen = list(dict.fromkeys([*chosen, *own]))[: max(_LANGUAGES, len(chosen))]
    kept = {"source": block["source"], "format": "records"}
    if "pivot" in block:
        files = {"pivot": "labels/english.txt", "target": "labels/{code}.txt"}
        codes = {language: _text(language) for language in chosen}
        return kept | {"format": "lines", "languages": codes} | files
    kinds = (
        config.evaluation.chosen()[task].dataset
        for task, data in datasets_of_tasks(config.evaluation).items()
        if data == name
    )
    kind = next(kinds, None) or "topics"
    chosen_codes = {language: language for language in chosen}
    if kind in _WORD_LISTS:
        kept["format"] = kind
        test = _lists(block, f"labels/{kind}-test.tsv")
        return kept | {"languages": chosen_codes, "test": test}
    if kind == "minimal_pairs":
        return kept | {"languages": chosen_codes, "test": "labels/minimal_pairs-test.jsonl"}
    if block["format"] == "tags":
        kept["format"] = "tags"
    suffix = "conll" if block["format"] == "tags" else "jsonl"
    files = {split: f"labels/{kind}-{split}.{suffix}" for split in ("train", "valid", "test")}
    return kept | {"languages": chosen_codes} | files


def _lists(block: Content, path: str) -> str | Content:
    """The path for each list of words that has a name, or for the only one."""
    given = block.get("test")
    return dict.fromkeys(given, path) if isinstance(given, dict) else path


def _report(block: Content, runs: Mapping[str, Any]) -> Content:
    published = [entry for entry in block.get("published", ()) if entry.get("run") in (None, *runs)]
    limits = [MADE_UP, *block.get("limitations", ())]
    return block | {"published": published, "resamples": 500, "limitations": limits}


_SECTIONS: Mapping[str, Callable[[Config, str, Content], Content]] = {
    "corpora": _corpus,
    "models": _model,
    "tokenizers": _tokenizer,
    "vectors": _vectors,
    "alignments": _alignment,
    "generators": _generator,
    "initializations": _initialization,
    "pretraining": _pretraining,
}
