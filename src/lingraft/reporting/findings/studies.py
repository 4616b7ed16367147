"""A study over many languages: which runs belong to it, and how its languages are grouped.

The rule: runs of the same model, each in one language, that pretrain the methods that they have in
common with the same recipes, are a study if there are at least `FEWEST_LANGUAGES` of them. What
belongs to a language may differ: its tokenizer, text, alignments, donor and seeds, and also its
methods, since some need parallel text.
A method is compared in the languages that have it, and needs `FEWEST_LANGUAGES` of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lingraft.config.report import Report
from lingraft.experiment.configuration import Config
from lingraft.experiment.runs import Run, trained_alike
from lingraft.reporting.collected.collection import Collected
from lingraft.stages.trainings import Step

FEWEST_LANGUAGES = 3  # of a study, of a method in it, and of a group that gets an interval
_SMALL, _LARGE = 100_000, 1_000_000  # bytes of training text


@dataclass(frozen=True)
class StudyLanguage:
    """One language of a study.

    Attributes:
        run: the run that learns it; readers see the language under this name.
        code: its code, such as `swh_Latn`.
        text_bytes, documents: its training text; None if not known.
        pairs: sentence pairs with the pivot language; None if not known, 0 without a pivot.
    """

    run: str
    code: str
    text_bytes: int | None
    documents: int | None
    pairs: int | None

    @property
    def script(self) -> str:
        """The script of the text, such as `Latn` (ISO 15924)."""
        return self.code.partition("_")[2]


@dataclass(frozen=True)
class Study:
    """Several languages in which the same methods are compared in the same way.

    Attributes:
        name: what files of its tables and figures are called; a second study of one model has
            another.
        model: the source model of all runs.
        recipes: method -> its recipe of pretraining; None: it ends at step 0.
        languages: the one with most text first.
        methods: initializations of at least three languages, in the order of the configuration.
    """

    name: str
    model: str
    recipes: Mapping[str, str | None]
    languages: Sequence[StudyLanguage]
    methods: Sequence[str]

    def at(self, step: Step) -> list[str]:
        """The methods that have models in a state, as far as recipes decide it."""
        is_trained = step == "pretrained"
        return [name for name in self.methods if not is_trained or self.recipes[name] is not None]

    @property
    def runs(self) -> Mapping[str, StudyLanguage]:
        """The languages by their runs."""
        return {language.run: language for language in self.languages}


def studies(config: Config, collection: Collected) -> list[Study]:
    """The studies of an experiment; mostly none or one."""
    groups: list[tuple[str, dict[str, str | None], dict[str, StudyLanguage]]] = []
    for name, run in config.runs.items():
        code = _only_language(config, run)
        if code is None:
            continue
        alike = (g for g in groups if g[0] == run.model and trained_alike(g[1], run.recipes))
        group = next(alike, None)
        if group is None:
            groups.append(group := (run.model, {}, {}))
        _, recipes, by_code = group
        # A language counts once: a second run of it (another tokenizer) is left out.
        if code not in by_code:
            recipes |= run.recipes
            by_code[code] = _measured(config, collection, name, code)
    found_studies: list[Study] = []
    for model, recipes, by_code in groups:
        languages = sorted(by_code.values(), key=lambda each: -(each.text_bytes or 0))
        counts = Counter(n for each in languages for n in config.runs[each.run].initializations)
        methods = [name for name in config.initializations if counts[name] >= FEWEST_LANGUAGES]
        if len(languages) >= FEWEST_LANGUAGES and len(methods) > 1:
            own = {name: recipes[name] for name in methods}
            earlier = sum(study.model == model for study in found_studies)
            label = f"{model}-{earlier + 1}" if earlier else model
            found_studies.append(Study(label, model, own, languages, methods))
    return found_studies


def groups_of(study: Study, report: Report) -> dict[str, list[StudyLanguage]]:
    """Groups of languages: by amount of text, parallel text and script, and those configured.

    A group that is empty, or has all languages, is left out.

    Args:
        study: whose languages.
        report: groups that the configuration names.
    """
    known = [each for each in study.languages if each.text_bytes is not None]
    groups = {
        "text < 100 KB": [x for x in known if (x.text_bytes or 0) < _SMALL],
        "text 100 KB to 1 MB": [x for x in known if _SMALL <= (x.text_bytes or 0) < _LARGE],
        "text ≥ 1 MB": [x for x in known if (x.text_bytes or 0) >= _LARGE],
        "with pairs": [x for x in study.languages if x.pairs],
        "without pairs": [x for x in study.languages if x.pairs == 0],
        "Latin script": [x for x in study.languages if x.script == "Latn"],
        "other scripts": [x for x in study.languages if x.script not in ("Latn", "")],
    }
    groups |= {n: [x for x in study.languages if x.code in c] for n, c in report.groups.items()}
    return {name: own for name, own in groups.items() if 0 < len(own) < len(study.languages)}


def _only_language(config: Config, run: Run) -> str | None:
    """The one language that a run learns; None if it learns several, or has no text."""
    codes = {config.corpora[name].language for name in run.corpora}
    codes.discard(config.models[run.model].language)
    return codes.pop() if len(codes) == 1 else None


def _measured(config: Config, collection: Collected, run: str, code: str) -> StudyLanguage:
    names = [n for n in config.runs[run].corpora if config.corpora[n].language == code]
    known = [collection.corpora[name] for name in names if name in collection.corpora]
    if len(known) < len(names) or not all("splits" in counts for counts in known):
        return StudyLanguage(run, code, None, None, None)
    texts = [counts["splits"]["train"] for counts in known]
    return StudyLanguage(
        run,
        code,
        text_bytes=sum(int(text["bytes"]) for text in texts),
        documents=sum(int(text["documents"]) for text in texts),
        pairs=sum(int(counts.get("parallel", {}).get("pairs", 0)) for counts in known),
    )
