"""What sections of a configuration need of each other, beyond names that exist."""

from graphlib import CycleError, TopologicalSorter

from lingraft.config.datasets import (
    AgreementDataset,
    Dataset,
    DictionaryDataset,
    LabelledDataset,
    PairedDataset,
    SynonymsDataset,
    WordListDataset,
)
from lingraft.config.names import require_known
from lingraft.config.tokenizers import DerivedTokenizer, Tokenizer
from lingraft.encoders.sets.mined import Mined
from lingraft.evaluation.fine_tuning.recipe import FineTuning
from lingraft.evaluation.tasks import TASKS
from lingraft.experiment.encoder_checks import check_encoders
from lingraft.experiment.references import generators_of_tasks
from lingraft.experiment.runs import Run
from lingraft.experiment.sections import Sections
from lingraft.experiment.text_checks import check_texts
from lingraft.initialization.method import EvidenceKind
from lingraft.initialization.methods import Initialization
from lingraft.vectors.settings import check_partners


def check_together(config: Sections) -> None:
    """Raise ValueError where sections, each right by itself, do not fit together."""
    check_partners(config.alignments)
    _check_circles(config)
    _check_vectors(config)
    _check_training_sets(config)
    _check_heads(config)
    _check_runs(config)
    check_encoders(config)
    _check_evaluation(config)
    _check_report(config)
    check_texts(config)


def _check_circles(config: Sections) -> None:
    """No corpora, tokenizers and vectors are made from themselves, over others and alignments."""
    needs = {}
    for key, tokenizer in config.tokenizers.items():
        if isinstance(tokenizer, DerivedTokenizer):
            needs[f"tokenizers.{key}"] = [".".join(tokenizer.base)]
    for key, vectors in config.vectors.items():
        needs[f"vectors.{key}"] = [f"{section}.{name}" for section, name in vectors.made_from]
    for name, block in config.alignments.items():
        sides = f"vectors.{block.source}", f"vectors.{block.target}"
        needs[f"alignments.{name}"] = [*sides, *(f"alignments.{each}" for each in block.partners)]
    for name, corpus in config.corpora.items():
        others = [*corpus.compared, *([corpus.pivot] if corpus.pivot is not None else [])]
        if name in others:
            raise ValueError(
                f"corpora.{name} names itself; within a corpus near-duplicates are left out in any "
                "case, and a pivot or a sample is another corpus"
            )
        needs[f"corpora.{name}"] = [f"corpora.{other}" for other in others]
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        *between, last = error.args[1]
        raise ValueError(f"{last} is made from itself, over {', '.join(between[1:])}") from None


def _check_vectors(config: Sections) -> None:
    for key, vectors in config.vectors.items():
        if problem := vectors.misfit(dict(config)):
            raise ValueError(f"vectors.{key}.{problem}")


def _check_training_sets(config: Sections) -> None:
    """What a kind of sets needs of those that it names, where the names alone do not say it."""
    for key, examples in config.training_sets.items():
        if isinstance(examples, Mined):
            form = config.training_sets[examples.set].form
            if form not in examples.can_be_mined:
                raise ValueError(
                    f"training_sets.{key}.set: {examples.set} has {form}, not pairs; mine one that "
                    f"has {', '.join(examples.can_be_mined)}"
                )
        for _, name in examples.made_from if examples.form == "translations" else ():
            if name in config.corpora and config.corpora[name].pivot is None:
                raise ValueError(
                    f"training_sets.{key}.corpora: {name} has no pivot, so it has no translations"
                )


def _check_heads(config: Sections) -> None:
    """A source that gets its head has no model before it that could be kept."""
    for key, model in config.models.items():
        if model.head is None:
            continue
        recipe = config.pretraining[model.head.pretraining]
        for name, given in (("merge", recipe.merge), ("shield", recipe.shields)):
            if given:
                raise ValueError(
                    f"models.{key}.head.pretraining: {model.head.pretraining} has `{name}`, which "
                    "is of no use in the warm-up of a head; name a recipe without it"
                )


def _check_runs(config: Sections) -> None:
    for key, run in config.runs.items():
        named = {"initializations": run.initializations, "seeds": run.seeds}
        if isinstance(run.seeds, dict):
            for name in run.seeds:
                where = f"runs.{key}.initializations"
                require_known(name, run.initializations, f"runs.{key}.seeds", where)
            named |= {f"seeds.{name}": seeds for name, seeds in run.seeds.items()}
        if run.encoder_seeds is not None:
            named["encoder_seeds"] = run.encoder_seeds
        if isinstance(run.pretraining, dict):
            for name in run.pretraining:
                where = f"runs.{key}.initializations"
                require_known(name, run.initializations, f"runs.{key}.pretraining", where)
        for what, values in named.items():
            if len(set(values)) < len(values):
                raise ValueError(f"runs.{key}.{what} names one twice")
        for name in run.evaluation_corpora or ():
            if name in run.corpora:
                raise ValueError(
                    f"runs.{key}.evaluation_corpora: {name} is also in runs.{key}.corpora, which "
                    "are measured in any case; delete it from one of them"
                )
        readers = [name for name, task in TASKS.items() if "evaluation_corpora" in task.reads]
        if run.evaluation_corpora and not set(readers) & set(config.evaluation.chosen()):
            which = " nor ".join(f"evaluation.{name}" for name in readers)
            raise ValueError(
                f"runs.{key}.evaluation_corpora would have no effect: neither {which} is set, "
                "which read them"
            )
        for recipe in () if run.corpora else run.named_recipes.values():
            raise ValueError(f"runs.{key}.corpora is empty, but {recipe} trains on text")
        for name, own in run.recipes.items():
            _check_shields(config, key, run, own)
            _check_cutting(config, key, run, own)
            _check_evidence(config, key, run, name)
            is_merged = own is not None and config.pretraining[own].merge is not None
            if is_merged and config.initializations[name].width:
                raise ValueError(
                    f"runs.{key}: {name} factorizes the embeddings (`width`), which have no rows "
                    f"that pretraining.{own}.merge could give back; take another one"
                )
            _check_generator(config, key, run, name)


def _check_shields(config: Sections, key: str, run: Run, recipe: str | None) -> None:
    """What a shield is scored on is text of the run."""
    for name in () if recipe is None else config.pretraining[recipe].shields:
        near = [config.corpora[corpus].pivot for corpus in run.corpora]
        known = [*run.corpora, *(run.evaluation_corpora or ()), *filter(None, near)]
        block = f"pretraining.{recipe}: shield.corpus"
        require_known(name, known, block, f"corpora or evaluation_corpora of runs.{key}")


def _check_cutting(config: Sections, key: str, run: Run, recipe: str | None) -> None:
    """Words are cut at random in a way that their vocabulary has; a job knows published ones."""
    if recipe is None:
        return
    name = run.tokenizer
    while isinstance(made := config.tokenizers[name], DerivedTokenizer):
        section, base = made.base
        if section != "tokenizers":
            return
        name = base
    for option, kind in _CUT_BY.items():
        given = getattr(config.pretraining[recipe], option) is not None
        if given and isinstance(made, Tokenizer) and made.algorithm != kind:
            raise ValueError(
                f"runs.{key}: pretraining.{recipe} has {option}, which is for tokenizers of "
                f"algorithm {kind}, and tokenizers.{name} is {made.algorithm}; take stochastok"
            )


_CUT_BY = {"bpe_dropout": "bpe", "subword_sampling": "unigram"}


def _check_evidence(config: Sections, key: str, run: Run, name: str) -> None:
    """A run must have the evidence that its methods need, or at least one kind that they can
    use."""
    method = config.initializations[name]
    has_vectors = run.alignments or (method.takes_multilingual_vectors and run.multilingual_vectors)
    present: dict[EvidenceKind, bool] = {
        "vectors": bool(has_vectors),
        "dictionary": bool(run.alignments),
        "parallel": any(config.corpora[corpus].pivot is not None for corpus in run.corpora),
        "corpora": bool(run.corpora),
        "donor": run.donor is not None,
    }
    needed = method.needs or (method.takes if not any(map(present.get, method.takes)) else ())
    for kind in sorted(needed):
        if not present[kind]:
            raise ValueError(f"runs.{key}{_missing(kind, method)}, which {name} needs")


def _check_generator(config: Sections, key: str, run: Run, name: str) -> None:
    """A run has the model whose rows a generator learned, and the vectors that it reads."""
    method = config.initializations[name]
    algorithm = config.tokenizers[run.tokenizer].algorithm
    if method.needs_algorithm not in (None, algorithm):
        raise ValueError(
            f"runs.{key}.tokenizer is {run.tokenizer} (algorithm: {algorithm}), but {name} needs "
            f"one with algorithm: {method.needs_algorithm}"
        )
    if method.trained_generator is None:
        return
    generator = config.generators[method.trained_generator]
    called = f"generators.{method.trained_generator}"
    if method.needs_generator not in (None, generator.name()):
        raise ValueError(
            f"{called} is of method: {generator.name()}, but {name} needs one of method: "
            f"{method.needs_generator}"
        )
    if generator.model != run.model:
        raise ValueError(
            f"runs.{key}.model is {run.model}, but {name} takes {called}, which learns the rows of "
            f"{generator.model}"
        )
    if generator.width != method.width:
        raise ValueError(
            f"initializations.{name}.width is {method.width}, but {called}.width is "
            f"{generator.width}; give both the same"
        )
    if generator.described_by not in (None, run.multilingual_vectors):
        raise ValueError(
            f"runs.{key}.multilingual_vectors is {run.multilingual_vectors}, but {name} takes "
            f"{called}, which reads {generator.described_by}"
        )
    for alignment in generator.aligned_by:
        where = f"runs.{key}.alignments, and {called} reads it"
        require_known(alignment, run.alignments, f"initializations.{name}", where)


def _missing(kind: EvidenceKind, method: Initialization) -> str:
    """What a run does not have."""
    if kind == "vectors" and method.takes_multilingual_vectors:
        return " has neither alignments nor multilingual_vectors"
    return {
        "vectors": ".alignments is empty: there are no aligned vectors",
        "dictionary": ".alignments is empty: there is no dictionary",
        "parallel": ".corpora follow no pivot: there is no parallel text",
        "corpora": ".corpora is empty: there is no text",
        "donor": ".donor is not set: there is no model that has this tokenizer",
    }[kind]


def _check_evaluation(config: Sections) -> None:
    """A task's dataset must be of the kind that the task reads, and so must its generator."""
    for name, generator_name in generators_of_tasks(config.evaluation).items():
        generator, key = config.generators[generator_name], f"evaluation.{name}.embeddings"
        if generator.aligned_by or generator.described_by is not None:
            raise ValueError(
                f"{key}: {generator_name} reads word vectors, which a model under evaluation does "
                "not have; take a generator that reads the tokens alone"
            )
        if generator.width is not None:
            raise ValueError(f"{key}: {generator_name} makes coordinates (width), and no full rows")
    for name, task in config.evaluation.chosen().items():
        data = getattr(task, "data", None)
        if data is None:
            continue
        dataset = config.datasets[data]
        wanted = str(task.dataset) if task.dataset in _WANTED else ""
        is_listed = wanted == "minimal_pairs" and dataset.format == "records"
        if wanted != _kind_of(dataset) and not is_listed:
            kind = _WANTED.get(wanted, "labelled text")
            raise ValueError(f"evaluation.{name}.data: {data} must be {kind}")
        is_tagged = isinstance(dataset, LabelledDataset) and dataset.format == "tags"
        if is_tagged and task.dataset != "tags":
            raise ValueError(f"evaluation.{name}.data: {data} has tags of words, not labels")
        if isinstance(task, FineTuning) and task.mode == "zero_shot":
            key = f"evaluation.{name}.train_language"
            require_known(task.train_language, dataset.languages, key, f"datasets.{data}.languages")


_WANTED = {
    "pairs": "sentence pairs",
    "word_pairs": "pairs of words",
    "analogies": "analogies",
    "dictionary": "translations of words",
    "minimal_pairs": "a treebank or a list of minimal pairs (format: agreement or records)",
}


def _kind_of(dataset: Dataset) -> str:
    """What a dataset has, as tasks call it; empty for labelled texts of all kinds."""
    if isinstance(dataset, PairedDataset):
        return "pairs"
    if isinstance(dataset, SynonymsDataset):
        return "word_pairs"
    if isinstance(dataset, AgreementDataset):
        return "minimal_pairs"
    is_words = isinstance(dataset, WordListDataset | DictionaryDataset)
    return dataset.format if is_words else ""


def _check_report(config: Sections) -> None:
    used = {name for run in config.runs.values() for name in run.initializations}
    report = config.report
    if used and "baseline" in report.model_fields_set:
        require_known(report.baseline, used, "report.baseline", "the initializations of any run")
    for number, published in enumerate(report.published):
        key = f"report.published.{number}"
        if published.place is not None:
            section, name = published.place
            field = {"runs": "run", "alignments": "alignment"}.get(section, section)
            require_known(name, getattr(config, section), f"{key}.{field}", section)
        if published.run is not None:
            known = config.runs[published.run].initializations
            where = f"runs.{published.run}.initializations"
            require_known(str(published.initialization), known, f"{key}.initialization", where)
