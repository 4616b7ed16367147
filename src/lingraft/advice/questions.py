"""The questions of a configuration: for which model and which text a vocabulary is to be chosen."""

from dataclasses import dataclass
from pathlib import Path

from lingraft.config.pretraining import Objective, Pretraining
from lingraft.errors import ConfigError
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.files import is_finished
from lingraft.stages.references import converted_model, evaluation_corpora

_LENGTH = 512  # tokens of a row where no recipe says it


@dataclass(frozen=True)
class VocabularyQuestion:
    """One model that learns one text, whatever the number of runs that do it.

    Attributes:
        model: its name.
        corpora: the text that it learns, without that in its own language.
        source: text in its own language, which it may forget; of a multilingual model, the text
            that its corpora follow.
        runs: those that ask.
    """

    model: str
    corpora: tuple[str, ...]
    source: tuple[str, ...]
    runs: tuple[str, ...]

    def languages(self, config: Config) -> str:
        """The languages to learn, as a heading."""
        return _languages(config, self.corpora)

    def spoken(self, config: Config) -> str:
        """The languages that the model may forget, as a heading."""
        return _languages(config, self.source) or "its own language"


def questions(config: Config) -> list[VocabularyQuestion]:
    """The questions of all runs with text, in their order.

    Raises:
        ConfigError: no run has text.
    """
    asked: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for name, run in config.runs.items():
        if run.corpora:
            asked.setdefault((run.model, tuple(run.corpora)), []).append(name)
    if not asked:
        raise ConfigError(
            "runs: no run has corpora, so there is no text to choose a vocabulary for; give one "
            "`corpora`"
        )
    return [_question(config, model, names, runs) for (model, names), runs in asked.items()]


def recipe_of(config: Config, question: VocabularyQuestion, objective: Objective) -> Pretraining:
    """How the model would be trained: as the first run says that trains it.

    Args:
        config: the experiment.
        question: the model and its runs.
        objective: what the model predicts.
    """
    names = [name for run in question.runs for name in config.runs[run].named_recipes.values()]
    if names:
        return config.pretraining[names[0]].of_model(objective)
    return Pretraining(steps=1, batch_size=1, sequence_length=_LENGTH, objective=objective)


def missing_inputs(config: Config, results: Path) -> list[str]:
    """The models and the text that are not there, as places in the folder of the results.

    Args:
        config: the experiment.
        results: the folder of its results.

    Raises:
        ConfigError: no run has text.
    """
    places: dict[str, None] = {}
    for question in questions(config):
        places[converted_model(question.model)] = None
        places |= {f"corpora/{name}": None for name in (*question.corpora, *question.source)}
    return [place for place in places if not is_finished(results / place)]


def _languages(config: Config, corpora: tuple[str, ...]) -> str:
    return ", ".join(dict.fromkeys(config.corpora[name].language for name in corpora))


def _question(
    config: Config, model: str, names: tuple[str, ...], runs: list[str]
) -> VocabularyQuestion:
    own = config.models[model].language
    near = [name for run in runs for name in evaluation_corpora(config, run)]
    if own is None:
        near += [pivot for name in names if (pivot := config.corpora[name].pivot) is not None]
        return VocabularyQuestion(
            model,
            names,
            tuple(name for name in dict.fromkeys(near) if name not in names),
            tuple(runs),
        )
    spoken = [name for name in (*names, *near) if config.corpora[name].language == own]
    learned = tuple(name for name in names if config.corpora[name].language != own)
    # A model may learn its own language alone: text of another domain.
    source = tuple(dict.fromkeys(spoken)) if learned else ()
    return VocabularyQuestion(model, learned or names, source, tuple(runs))
