"""What the numbers do not show, said on the page before somebody claims it."""

from collections.abc import Iterator

from lingraft import plan
from lingraft.config.experiment import Config
from lingraft.reporting.collection import Collection
from lingraft.reporting.initialization_tables import first_seeds
from lingraft.reporting.statistics import smallest_paired_p

_INTERFACE_FORMATS = {"chromium", "libreoffice-help", "mediawiki"}
_FINE_TUNED = {"xnli", "ner", "pos", "taxi1500", "topics"}
_FEW_SEEDS = 6  # the exact paired test reaches 0.05 only with six


def limitations(config: Config, collection: Collection) -> list[str]:
    """One sentence for each thing that a reader should not conclude from this experiment."""
    return [
        *_about_text(config),
        *_about_seeds(config),
        *_about_budget(config, collection),
        *_about_measures(config),
        *_about_bias(collection),
        *_about_alignments(config, collection),
        *config.report.limitations,
    ]


def _about_text(config: Config) -> Iterator[str]:
    used = {name for run in config.runs.values() for name in run.corpora}
    formats = {text.format for name in used for text in config.corpora[name].texts}
    if formats and formats <= _INTERFACE_FORMATS:
        yield (
            "All text is from user interfaces and help pages. It is short, repetitive and about "
            "computers: this is a demonstration, and its numbers will not resemble those of "
            "papers on news or web text."
        )


def _about_seeds(config: Config) -> Iterator[str]:
    counts = {len(run.seeds) for run in config.runs.values()}
    if counts and max(counts) == 1:
        yield (
            "Every number comes from one training. Intervals cover the choice of test examples, "
            "not what another seed would have given."
        )
    elif counts and min(counts) < _FEW_SEEDS:
        least = smallest_paired_p(min(counts))
        yield (
            f"With {min(counts)} seeds, no exact test over seeds can give a p below {least:.3g}; "
            "six are the least for 0.05."
        )


def _about_budget(config: Config, collection: Collection) -> Iterator[str]:
    steps = {}
    for run_name, run in config.runs.items():
        if run.pretraining is not None:
            recipe = config.pretraining[run.pretraining]
            steps[run_name] = recipe.steps or sum(stage.steps for stage in recipe.stages)
    if not steps:
        yield "Nothing was trained: all numbers are of initialized models."
        return
    tokens = max(
        (int(lines[-1].get("tokens") or 0) for lines in collection.curves.values()), default=0
    )
    seen = f", at most {tokens:,} tokens" if tokens else ""
    yield (
        f"Pretraining ends after {max(steps.values()):,} steps{seen}. What is ahead here may be "
        "level after more of it, as random initialization has then caught up."
    )


def _about_measures(config: Config) -> Iterator[str]:
    tasks = set(plan.model_tasks(config))
    if "language_model" in tasks:
        yield (
            "Bits per byte of a masked model are a pseudo measure: they compare models on the "
            "same text, and are no code length and no perplexity."
        )
    if not tasks & _FINE_TUNED:
        yield (
            "No task was fine-tuned: nothing here says how well the models classify, tag or infer."
        )
    retrieval = config.evaluation.retrieval
    if retrieval is not None and retrieval.query_model == "source":
        yield (
            "In retrieval the source model embeds the queries, so the score also rewards staying "
            "close to the source model."
        )


def _about_bias(collection: Collection) -> Iterator[str]:
    policies = {str(a["bias_policy"]) for _, a in first_seeds(collection) if a.get("bias_policy")}
    if len(policies) > 1:
        yield (
            f"The initializations differ in the bias of the head ({', '.join(sorted(policies))}), "
            "which changes the loss at step 0 by itself: do not compare that loss."
        )
    elif policies:
        yield (
            "The loss at step 0 depends on the bias of the head as much as on the embeddings. "
            f"All initializations share one policy here ({policies.pop()}); judge them by the "
            "loss after some steps and by retrieval."
        )


def _about_alignments(config: Config, collection: Collection) -> Iterator[str]:
    failed = [
        name
        for name, metrics in collection.alignments.items()
        if metrics.get("precision", {}).get("csls", {}).get("p_at_1_covered", 1.0)
        < config.report.failed_alignment
    ]
    if failed:
        yield (
            f"The alignment {', '.join(failed)} failed. Initializations that rest on it show what "
            "they do without usable word vectors, not what they can do."
        )
