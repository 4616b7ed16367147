"""What a rule of the workflow asks about its stage, for one configuration.

Snakemake calls the functions that are returned here, with the parameters that they name. It
compares the value of a function that asks for the wildcards alone, and plans the job again where it
differs. A function that asks for inputs, outputs or resources is never a reason to plan a job.

Planning a thousand languages calls these functions fifty thousand times: what they make is kept
where it is the same, and command lines are made when a job starts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lingraft.arguments import command_words, pack
from lingraft.errors import ConfigError
from lingraft.experiment.configuration import Config
from lingraft.stages.declaration import Arguments, Names, WorkflowStage
from lingraft.stages.making import MAKING
from lingraft.stages.measuring import MEASURING
from lingraft.stages.settings import STAGE_VERSION, config_text, measure_text, settings_text
from lingraft.stages.signatures import known

STAGES = {stage.name: stage for stage in (*MAKING, *MEASURING)}


@dataclass(frozen=True)
class Later:
    """A text that is made where it is written: Snakemake plans all jobs without reading it."""

    make: Callable[[], str]

    def __str__(self) -> str:
        return self.make()


@dataclass(frozen=True)
class LauncherByGpus:
    """The words before a program, which need one resource: the shell line gives it as the format.

    `{params.launcher:{resources.gpu}}` asks for the resources of a job that starts. A function that
    asks for them has them worked out for each job that is planned.
    """

    words: Callable[[Mapping[str, Any]], str]

    def __format__(self, gpus: str) -> str:
        return self.words({"gpu": gpus})


class Rules:
    """The stages of one configuration, as its rules ask for them by name."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def program_of(self, stage: str) -> str:
        """The file name of the stage's program, in scripts/."""
        return f"{STAGES[stage].program or stage}.py"

    def version_of(self, stage: str) -> int:
        """What Snakemake compares of a stage without settings."""
        return STAGE_VERSION[STAGES[stage].version]

    def whole_configuration(self, wildcards: Any) -> str:
        """What the report gets and Snakemake compares: everything that the user set."""
        return pack(config_text(self._config))

    def inputs_of(self, stage: str) -> Callable[[Any], dict[str, str | list[str]]]:
        """The manifests of the artifacts that the stage reads, by the program's parameters.

        The function raises ConfigError for names that somebody asks for by a file, and that the
        configuration does not have.
        """

        @known
        def inputs(wildcards: Any) -> dict[str, str | list[str]]:
            names = _names(wildcards)
            try:
                reads = STAGES[stage].reads(self._config, names)
            except KeyError as error:
                asked = ", ".join(f"{name} {value}" for name, value in names.items())
                raise ConfigError(
                    f"the configuration has no {error} ({asked}): ask for names that it has"
                ) from None
            return {name: one.manifests for name, one in reads.items() if one.is_edge}

        return inputs

    def settings_of(self, stage: str) -> Callable[[Any], str]:
        """The settings that Snakemake compares and the program gets.

        Raises:
            ValueError: the stage has none.
        """
        block, version = STAGES[stage].settings, STAGES[stage].version
        if block is None:
            raise ValueError(f"the stage {stage} has no settings")

        @known
        def settings(wildcards: Any) -> str:
            return settings_text(block(self._config, _names(wildcards)), version)

        return settings

    def stopping_of(self, stage: str) -> Callable[[Any], str]:
        """The measure where it decides when a training stops; elsewhere the settings once more.

        Snakemake compares parameters as a set: a value that is there already changes nothing.
        """
        block, settings = STAGES[stage].settings, self.settings_of(stage)

        @known
        def stopping(wildcards: Any) -> str:
            recipe = block(self._config, _names(wildcards)) if block else None
            stops = getattr(recipe, "early_stopping", None) is not None
            return measure_text(self._config) if stops else settings(wildcards)

        return stopping

    def arguments_of(self, stage: str) -> Callable[..., Later]:
        """All other arguments of the program, quoted for a shell."""
        row, machine = STAGES[stage], STAGES[stage].machine

        def later(wildcards: Any, input: Any, output: Any, facts: Arguments) -> Later:
            # Plain values: what Snakemake gives is ten times as large, and there is one for each
            # job of the plan.
            names, given, written = _names(wildcards), dict(input.items()), str(output[0])

            def words() -> str:
                return command_words(self._arguments(row, names, given, written) | dict(facts))

            return Later(words)

        @known
        def arguments(wildcards: Any, input: Any, output: Any) -> Later:
            return later(wildcards, input, output, {})

        if machine is None:
            return arguments

        @known
        def on_machine(wildcards: Any, input: Any, output: Any, resources: Any) -> Later:
            return later(wildcards, input, output, machine(resources))

        return on_machine

    def launcher_of(self, stage: str) -> Callable[[Any, Any], str]:
        """The words before the program, where resources decide them.

        Raises:
            ValueError: the stage has no such words.
        """
        launcher = self._launcher(stage)

        @known
        def words(wildcards: Any, resources: Any) -> str:
            return launcher(resources)

        return words

    def launcher_by_gpus(self, stage: str) -> LauncherByGpus:
        """The words before the program, where the number of GPUs alone decides them.

        Snakemake does not compare what is neither text nor a number.

        Raises:
            ValueError: the stage has no such words.
        """
        return LauncherByGpus(self._launcher(stage))

    def _launcher(self, stage: str) -> Callable[[Mapping[str, Any]], str]:
        launcher = STAGES[stage].launcher
        if launcher is None:
            raise ValueError(f"the stage {stage} has no launcher: its rule says python")
        return launcher

    def _arguments(
        self, row: WorkflowStage, names: Names, given: Mapping[str, Any], written: str
    ) -> dict[str, object]:
        """Parameter -> value.

        Args:
            row: the stage.
            names: the rule's wildcards.
            given: Snakemake's inputs by name; in a `module` with a prefix not below results/.
            written: the first output file.
        """
        reads = row.reads(self._config, names)
        folder_of: dict[str, Path] = {}
        for name, one in reads.items():
            if one.is_edge:
                files = [given[name]] if one.is_one else given[name]
                folder_of |= zip(one.places, (Path(file).parent for file in files), strict=True)
        for one in reads.values():
            for place in one.places:
                folder_of.setdefault(place, _beside(folder_of, place))
        output = Path(written) if row.is_one_file else Path(written).parent
        folders = {name: one.text(folder_of) for name, one in reads.items() if one.places}
        return {**folders, "output": output, **row.arguments(self._config, names, output)}


def _beside(folder_of: Mapping[str, Path], place: str) -> Path:
    """The folder of a place that no input names: below the results that an input is below of."""
    known, folder = next(iter(folder_of.items()))
    return folder.parents[len(Path(known).parts) - 1] / place


def _names(wildcards: Any) -> Names:
    return dict(wildcards.items())
