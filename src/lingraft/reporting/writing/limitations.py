"""What the numbers of an experiment do not show."""

from collections.abc import Iterator

from lingraft.artifacts import ModelFacts
from lingraft.estimate.foreseen import objective_of_run
from lingraft.evaluation.fine_tuning.recipe import FineTuning
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.language_model import ELSEWHERE
from lingraft.evaluation.tasks.retrieval import Retrieval
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected, first_seeds
from lingraft.reporting.findings.cells import Cells, values_by_seed
from lingraft.reporting.findings.wording import listed
from lingraft.reporting.statistics import smallest_paired_p
from lingraft.stages.references import converted_model
from lingraft.stages.trainings import seed_counts, seeds_with

_NAMED = 4  # models that a sentence names
_FEW_SEEDS = 6  # the exact paired test reaches 0.05 only with six


def limitations(config: Config, collection: Collected, cells: Cells) -> list[str]:
    """One sentence for each thing that a reader should not conclude from this experiment.

    Args:
        config: of the experiment.
        collection: its results.
        cells: the scores of this collection.
    """
    return [
        *_about_text(config),
        *_about_seeds(config, collection, cells),
        *_about_budget(config, collection),
        *_about_measures(config),
        *_about_arithmetic(collection),
        *_about_forgetting(config, collection),
        *_about_encoders(config),
        *_about_bias(collection),
        *_about_quantization(config, collection),
        *_about_alignments(config, collection),
        *config.report.limitations,
    ]


def _about_text(config: Config) -> Iterator[str]:
    used = {name for run in config.runs.values() for name in run.corpora}
    kinds = {text.kind_of_text for name in used for text in config.corpora[name].texts}
    if kinds and None not in kinds:
        named = " and ".join(sorted(map(str, kinds), reverse=True))
        yield (
            f"All text is from {named}. It is short, repetitive and about computers: this is a "
            "demonstration, and its numbers will not resemble those of papers on news or web text."
        )


def _about_seeds(config: Config, collection: Collected, cells: Cells) -> Iterator[str]:
    counts = seed_counts(config)
    if not counts:
        return
    if max(counts) == 1:
        yield (
            "Every number comes from one training. Its interval covers the choice of test "
            "examples, but not the variation between seeds."
        )
    elif min(counts) == 1:
        yield _about_repeated(collection, cells)
    yield from _about_seeds_of_encoders(config)
    several = [count for count in counts if count > 1]
    if several and min(several) < _FEW_SEEDS:
        least = smallest_paired_p(min(several))
        yield (
            f"With {min(several)} seeds, no exact test over seeds can give a p below {least:.3g}; "
            "at least six seeds are needed for 0.05."
        )


def _about_repeated(collection: Collected, cells: Cells) -> str:
    """What the seeds of some initializations say of the others, by what was measured of them."""
    several: set[tuple[str, str]] = set()  # runs and initializations
    is_known = []  # of what was measured, whether the variation between seeds is
    for criterion, cell in cells.by_criterion.items():
        seeds = {name: {seed for seed, _ in values_by_seed(rows)} for name, rows in cell.items()}
        several |= {(criterion.run, name) for name, own in seeds.items() if len(own) > 1}
        if any(seeds.values()):
            is_known.append(cells.noise(criterion) is not None)
    trained = [row.training for row in collection.scores]
    repeated = dict.fromkeys(
        one.initialization for one in trained if (one.run, one.initialization) in several
    )
    if not repeated:
        return (
            "Several seeds are planned, and no initialization was measured with two yet: no "
            "interval covers the variation between seeds."
        )
    verb = "were" if len(repeated) > 1 else "was"
    said = f"Only {listed(list(repeated))} {verb} measured with several seeds"
    if not any(is_known):
        return (
            f"{said}: too few to tell how much seeds vary, so intervals of the others leave it out."
        )
    part = "" if all(is_known) else " where two further trainings were measured"
    return (
        f"{said}. Intervals of the others include the spread between these seeds{part}, as if all "
        "varied as much; so few trainings show that spread roughly."
    )


def _about_seeds_of_encoders(config: Config) -> Iterator[str]:
    """Encoders may be made of one seed where their models have several."""
    once = dict.fromkeys(
        name
        for key, run in config.runs.items()
        for name in run.encoders
        for one in run.initializations
        if len(seeds_with(config, key, one, name)) == 1 < len(run.seeds_of(one))
    )
    if once:
        who = "The encoders {} were" if len(once) > 1 else "The encoder {} was"
        yield (
            f"{who.format(listed(list(once)))} made of one seed, also where models have several: "
            f"{'their' if len(once) > 1 else 'its'} intervals do not cover the variation between "
            "seeds."
        )


def _about_budget(config: Config, collection: Collected) -> Iterator[str]:
    if not any(run.named_recipes for run in config.runs.values()):
        yield "No model was trained: all numbers are of models that were only initialized."
        return
    yield from _about_arms(config)
    ends = [lines[-1] for lines in collection.curves.values() if lines]
    if not ends:
        return
    steps = max(int(line.get("step") or 0) for line in ends)
    tokens = max(int(line.get("tokens") or 0) for line in ends)
    seen = f", at most {tokens:,} tokens" if tokens else ""
    yield (
        f"Pretraining ends after {steps:,} steps{seen}. Differences at this point may disappear "
        "after more pretraining."
    )


def _about_arms(config: Config) -> Iterator[str]:
    """What the numbers of runs do not compare whose initializations are not trained alike."""
    ended, several = [], []
    for name, run in config.runs.items():
        recipes = run.recipes
        trained = {recipe for recipe in recipes.values() if recipe is not None}
        if trained and None in recipes.values():
            names = ", ".join(key for key, recipe in recipes.items() if recipe is None)
            ended.append(f"{names} of {name}")
        if len(trained) > 1:
            several.append(name)
    if ended:
        yield (
            f"Not every initialization was trained: {'; '.join(ended)} ended at step 0. Compare "
            "them with the others at step 0 alone."
        )
    if several:
        yield (
            f"The initializations of {', '.join(several)} were trained with different recipes: a "
            "difference after pretraining can come from the recipe as much as from the "
            "initialization."
        )


def _about_measures(config: Config) -> Iterator[str]:
    tasks = config.evaluation.chosen(ModelSubject)
    if "language_model" in tasks and any(
        objective_of_run(config, run) != "causal" for run in config.runs.values()
    ):
        yield (
            "Bits per byte of a masked model are a pseudo-likelihood: they compare models on the "
            "same text, but they are not a code length or a perplexity."
        )
    # Questions about letters train a model too, but to do nothing of this.
    if not any(isinstance(task, FineTuning) for task in tasks.values()):
        yield (
            "No task fine-tunes the models on labels: this report does not show how well they "
            "classify, tag or infer after fine-tuning."
        )
    if any(isinstance(s, Retrieval) and s.query_model == "source" for s in tasks.values()):
        yield (
            "In retrieval the source model embeds the queries, so the score also rewards staying "
            "close to the source model."
        )


def _about_arithmetic(collection: Collected) -> Iterator[str]:
    """In what models were measured, where it is not fp32 throughout."""
    low = {where for where, used in collection.arithmetics.items() if used != "fp32"}
    if not low:
        return
    yield (
        "Models were measured in bf16. In six models of the embedded default that were measured "
        "in fp32, too, no score moved by more than a tenth of the width of its interval "
        "(docs/performance.md)."
    )
    measured = {(row.training, row.step, row.task) for row in collection.scores}
    others = {where for where in measured - low if where[2] in {task for _, _, task in low}}
    if others:
        named = sorted({f"{training.folder}, {step}" for training, step, _ in others})
        shown = f"{'; '.join(named[:_NAMED])}{' and others' if len(named) > _NAMED else ''}"
        yield (
            f"Not all models of a comparison were measured in the same arithmetic: {shown} in "
            "fp32, others in bf16. Small differences between these may come from that; measure "
            "all on the same kind of machine, or with the same `evaluation.precision`."
        )


def _about_forgetting(config: Config, collection: Collected) -> Iterator[str]:
    """What is measured beside the text that models are trained on may be of the same domain."""
    measured = {
        (row.training.run, row.score.setting)
        for row in collection.scores
        if row.score.metric == ELSEWHERE and row.score.setting in config.corpora
    }
    alike = {
        name
        for run, name in measured
        for trained in config.runs[run].corpora
        if set(config.corpora[name].sources) & set(config.corpora[trained].sources)
    }
    if alike:
        yield (
            f"The text of {', '.join(sorted(alike))} is from the sources of the training text, so "
            "the column of what was forgotten shows what was learned of this kind of text as well."
        )


def _about_encoders(config: Config) -> Iterator[str]:
    """What a gain of tuning may be made of."""
    made = {name for run in config.runs.values() for name in run.encoders}
    recipes = {name: config.encoders[name] for name in config.encoders if name in made}
    if not recipes:
        return
    yield (
        "An encoder was trained longer than the model that it was tuned from. What more steps "
        "alone would have changed is known only where another recipe is such a control."
    )
    taught = [
        name
        for name, recipe in recipes.items()
        if recipe.teacher is None and any(s.loss.name == "distillation" for s in recipe.stages)
    ]
    tasks = config.evaluation.chosen(ModelSubject).values()
    if taught and any(isinstance(s, Retrieval) and s.query_model == "source" for s in tasks):
        yield (
            f"The model that embeds the queries of the retrieval also taught {', '.join(taught)}: "
            "part of the gain is that an encoder imitates this model."
        )
    silent = [
        name
        for name, recipe in recipes.items()
        if recipe.stages and not any(stage.language_model_share for stage in recipe.stages)
    ]
    if silent:
        yield (
            f"The tuning {', '.join(silent)} left out the language model's own loss, so bits per "
            "byte only say what it took from the language model."
        )


def _about_quantization(config: Config, collection: Collected) -> Iterator[str]:
    """Source models that were read from quantized files: what was lost there stays lost."""
    for name in config.models:
        manifest = collection.manifests.get(converted_model(name))
        facts = manifest.facts if manifest else None
        if isinstance(facts, ModelFacts) and facts.stored_bits_per_weight is not None:
            kinds = ", ".join(facts.stored_types)
            estimated = " (estimated in the table of precision)" if facts.stored_parts else ""
            yield (
                f"The source model {name} was read from a quantized file of "
                f"{facts.stored_bits_per_weight:g} bits a weight ({kinds}). What its quantization "
                f"lost{estimated} is missing in all numbers of its models, those of the source too."
            )


def _about_bias(collection: Collected) -> Iterator[str]:
    policies = {str(a["bias_policy"]) for _, a in first_seeds(collection) if a.get("bias_policy")}
    if len(policies) > 1:
        yield (
            f"The initializations differ in the bias of the head ({', '.join(sorted(policies))}). "
            "The bias alone changes the loss at step 0: do not compare that loss."
        )
    elif policies:
        yield (
            "The loss at step 0 depends on the bias of the head as much as on the embeddings. "
            f"All initializations use the same bias policy here ({policies.pop()}); judge them by "
            "the loss after some steps and by retrieval."
        )


def _about_alignments(config: Config, collection: Collected) -> Iterator[str]:
    failed = [
        name
        for name, metrics in collection.alignments.items()
        if metrics.get("precision", {}).get("csls", {}).get("p_at_1_covered", 1.0)
        < config.report.failed_alignment
    ]
    if failed:
        yield (
            f"The alignment {', '.join(failed)} failed. Initializations that use it show how they "
            "perform without usable word vectors, not what they can achieve."
        )
