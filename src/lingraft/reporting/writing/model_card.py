"""The card of every exported model, with the metadata that the Hugging Face hub reads.

The folder of a model has a card that was written at export. This one is written with the report,
when the results and their limits are known; it can replace the other as README.md.
"""

from collections.abc import Iterator, Mapping, Sequence

import yaml
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from lingraft.artifacts import DownloadFacts
from lingraft.corpus.normalizing import described, mark_of
from lingraft.estimate.foreseen import objective_of_run
from lingraft.evaluation.outcome import MODEL
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.collected.pooling import of_pool
from lingraft.reporting.findings.finding import ALL, Criterion, Finding
from lingraft.reporting.findings.wording import metric_name, step_heading
from lingraft.reporting.tables.escaping import (
    markdown_block,
    markdown_code,
    markdown_line,
    markdown_text,
)
from lingraft.reporting.tables.table import LANGUAGE, STEP, Column, Table, gap, to_markdown
from lingraft.reporting.writing.content import Content
from lingraft.reporting.writing.hub_metadata import check_metadata, hub_license
from lingraft.stages.settings import what_was_set
from lingraft.stages.trainings import Step, TrainingId, language_model_steps

_MOST_ROWS = 60  # of results; beyond, means over languages


def model_card(content: Content, training: TrainingId, encoder: Step | None = None) -> ModelCard:
    """Card of one trained (or, without pretraining, initialized) model, or of its encoder.

    Args:
        content: the report, with the results and their limits.
        training: the model, by the run that the configuration names.
        encoder: the sentence encoder that was made of it; None: the language model.

    Raises:
        ValueError: the metadata is not valid for the hub.
    """
    config, collection = content.written, content.collection
    pooled = of_pool(training, content.pools)
    findings = content.findings_of.get((pooled.run, pooled.initialization), ())
    states = [encoder] if encoder else language_model_steps(config, training)
    own = [f for f in findings if f.mean is not None and f.criterion.step in states]
    scores = _own_scores(collection, pooled)
    data = _metadata(config, collection, scores, training, encoder)
    sections = [
        f"# {_name(config, training, encoder)}",
        *_introduction(config, training, encoder),
        *(
            [*_loading_encoder(), *_normalizer(config, training)]
            if encoder
            else _loading(config, training)
        ),
        *_method(config, collection, pooled, encoder),
        *_data(config, collection, training),
        *_results(config, own, scores),
        *_limits(content.limits),
        *_settings(config, training, encoder),
    ]
    card = ModelCard(f"---\n{data.to_yaml()}\n---\n\n" + "\n\n".join(sections) + "\n")
    fields = ("language", "license", "license_name", "base_model")
    check_metadata({name: getattr(data, name, None) for name in fields})
    return card


def _name(config: Config, training: TrainingId, encoder: Step | None) -> str:
    name = f"{config.experiment}-{training.run}-{training.initialization}-seed-{training.seed}"
    return f"{name}-{encoder}" if encoder else name


def _own_scores(collection: Collected, training: TrainingId) -> dict[Criterion, float]:
    """The scores of this model alone, not the mean over seeds."""
    return {
        Criterion.of(row): row.score.value
        for row in collection.scores_of.get(training, ())
        if row.score.system == MODEL and row.score.value is not None
    }


def _metadata(
    config: Config,
    collection: Collected,
    scores: Mapping[Criterion, float],
    training: TrainingId,
    encoder: Step | None,
) -> ModelCardData:
    model = config.models[config.runs[training.run].model]
    source = config.sources[model.source]
    causal = objective_of_run(config, config.runs[training.run]) == "causal"
    license_id, license_name = hub_license(_license_of(collection, model.source))
    languages = {code.partition("_")[0] for code in _languages(config, training)}
    task = "text-generation" if causal else "fill-mask"
    task = "sentence-similarity" if encoder else task
    last = encoder or language_model_steps(config, training)[-1]
    results = [
        _result(criterion, value, task)
        for criterion, value in scores.items()
        if criterion.step == last
    ]
    return ModelCardData(
        model_name=_name(config, training, encoder),
        base_model=getattr(source, "repository", None),
        language=sorted(languages),
        library_name="sentence-transformers" if encoder else "transformers",
        license=license_id,
        license_name=license_name,
        pipeline_tag=task,
        tags=["lingraft", "language-transfer", training.initialization],
        # The hub shows a few; hundreds of languages are in the report's tables.
        eval_results=results if 0 < len(results) <= _MOST_ROWS else None,
    )


def _result(criterion: Criterion, value: float, task: str) -> EvalResult:
    return EvalResult(
        task_type=task,
        dataset_type=criterion.protocol,
        dataset_name=f"{criterion.language}, held out",
        dataset_split=criterion.split,
        metric_type=criterion.metric,
        metric_name=metric_name(criterion.metric),
        metric_value=value,
    )


def _license_of(collection: Collected, source: str) -> str | None:
    manifest = collection.manifests.get(f"downloads/{source}")
    facts = manifest.facts if manifest else None
    return facts.license if isinstance(facts, DownloadFacts) else None


def _languages(config: Config, training: TrainingId) -> list[str]:
    corpora = config.runs[training.run].corpora
    return list(dict.fromkeys(config.corpora[name].language for name in corpora))


def _introduction(config: Config, training: TrainingId, encoder: Step | None) -> Iterator[str]:
    run = config.runs[training.run]
    languages = ", ".join(_languages(config, training))
    recipe = run.recipe_of(training.initialization)
    trained = (
        f"and the model was then pretrained with the recipe `{recipe}`"
        if recipe
        else "and the model was not trained after that"
    )
    tuned = ""
    if encoder:
        start = config.encoders[encoder].start
        tuned = f" The {start} model was tuned as the sentence encoder `{encoder}`."
    yield (
        f"`{run.model}` with a vocabulary for {languages}: its embeddings were initialized with "
        f"`{training.initialization}`, {trained}.{tuned} Made by lingraft in the experiment "
        f"`{config.experiment}`."
    )


def _loading(config: Config, training: TrainingId) -> Iterator[str]:
    causal = objective_of_run(config, config.runs[training.run]) == "causal"
    name = "AutoModelForCausalLM" if causal else "AutoModelForMaskedLM"
    yield "## How to load"
    yield (
        f"```python\nfrom transformers import {name}, PreTrainedTokenizerFast\n\n"
        f'model = {name}.from_pretrained("this folder")\n'
        'tokenizer = PreTrainedTokenizerFast.from_pretrained("this folder")\n```'
    )
    yield from _normalizer(config, training)
    if config.initializations[training.initialization].width:
        yield (
            "Its embeddings are factorized: load it with `lingraft.models.loading.load_model`, "
            "which needs no remote code."
        )


def _normalizer(config: Config, training: TrainingId) -> Iterator[str]:
    """How text must be written that the model reads."""
    for name in config.runs[training.run].corpora:
        corpus = config.corpora[name]
        if corpus.normalizer.name != "none":
            mark = described(mark_of(corpus.normalizer))
            yield (
                f"It reads and writes {corpus.language} in another spelling: the normalizer "
                f"{markdown_text(mark)}. lingraft's `scripts/normalize_text.py` writes text so, "
                "and with `--back` what the model wrote as people write it."
            )
            return


def _loading_encoder() -> Iterator[str]:
    yield "## How to load"
    yield (
        "```python\nfrom sentence_transformers import SentenceTransformer\n\n"
        'encoder = SentenceTransformer("this folder")\n'
        'vectors = encoder.encode(["first text", "second text"])\n```'
    )


def _method(
    config: Config, collection: Collected, training: TrainingId, encoder: Step | None
) -> Iterator[str]:
    yield "## Method"
    method = config.initializations[training.initialization]
    settings = markdown_code(str(what_was_set(method)))
    yield f"Initialization `{training.initialization}`: {settings}."
    if method.card.paper:
        yield f"Paper: {method.card.paper}"
    account = collection.initializations.get(training)
    if account:
        rows = ", ".join(f"{name} {count:,}" for name, count in account["rows"].items() if count)
        yield f"Rows of the embedding matrix by origin: {markdown_text(rows)}."
    for stage in config.encoders[encoder].stages if encoder else ():
        yield f"Tuned with {stage.loss.name}: {stage.loss.paper}"


def _data(config: Config, collection: Collected, training: TrainingId) -> Iterator[str]:
    yield "## Data and licenses"
    rows = []
    for name in config.runs[training.run].corpora:
        for source in config.corpora[name].sources:
            found = _license_of(collection, source) or "not stated: check before you publish"
            language = config.corpora[name].language
            rows.append({"corpus": name, "language": language, "source": source, "license": found})
    columns = [Column(key, key.capitalize()) for key in ("corpus", "language", "source", "license")]
    yield to_markdown(Table("data", "", columns, rows))


def _results(
    config: Config, own: Sequence[Finding], scores: Mapping[Criterion, float]
) -> Iterator[str]:
    yield "## Results"
    if not own:
        yield "This model has not been evaluated."
        return
    base = config.report.baseline
    if len(own) > _MOST_ROWS:
        own = [f for f in own if f.criterion.language in (ALL, *config.report.groups)]
    columns = [
        STEP,
        LANGUAGE,
        Column("protocol", "Protocol"),
        Column("metric", "Metric"),
        Column("score", "This model", "number"),
        Column("mean", "Mean over seeds", "number"),
        Column("items", "Items", "integer"),
        Column("gap", f"Against {base}"),
        Column("evidence", "Evidence"),
    ]
    rows = [
        {
            "step": step_heading(f.criterion.step),
            "language": f.criterion.language,
            "protocol": f.criterion.protocol,
            "metric": metric_name(f.criterion.metric),
            "score": scores.get(f.criterion),
            "mean": f.mean,
            "items": f.items,
            "gap": gap(f) or "–",
            "evidence": f.evidence or "–",
        }
        for f in own
    ]
    yield to_markdown(Table("results", "", columns, rows))
    yield (
        f"Brackets are {config.report.confidence:.0%} intervals of the difference from `{base}`, "
        "averaged over seeds."
    )


def _limits(sentences: Sequence[str]) -> Iterator[str]:
    yield "## Limitations"
    yield "\n".join(f"- {markdown_line(sentence)}" for sentence in sentences)


def _settings(config: Config, training: TrainingId, encoder: Step | None) -> Iterator[str]:
    run = config.runs[training.run]
    settings = {"seed": training.seed, "run": what_was_set(run)}
    if (recipe := run.recipe_of(training.initialization)) is not None:
        settings["pretraining"] = {recipe: what_was_set(config.pretraining[recipe])}
    if encoder:
        settings["encoder"] = what_was_set(config.encoders[encoder])
    text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    yield "## Settings"
    yield markdown_block(text, "yaml")
