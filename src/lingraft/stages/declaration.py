"""A stage of the workflow: one row, which says what it reads and how its program is called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from lingraft.arguments import join_named, join_paths
from lingraft.experiment.configuration import Config

Names = Mapping[str, str]  # the wildcards of a rule: name -> value
Arguments = Mapping[str, object]  # a program's: parameter -> value


@dataclass(frozen=True)
class Reads:
    """The artifacts that a program gets as one of its arguments."""

    places: Sequence[str]
    """Their folders below the results, e.g. `corpora/swahili`."""
    names: Sequence[str] = ()
    """How the program calls them, if it gets `name=folder`."""
    is_one: bool = False
    """Whether it is always exactly one folder."""
    is_edge: bool = True
    """Whether Snakemake makes them first and compares them as inputs; False for artifacts that
    others of the stage are made from: they are there already."""

    @property
    def manifests(self) -> str | list[str]:
        """The input files of the rule; Snakemake fills in <results>."""
        files = [manifest(place) for place in self.places]
        return files[0] if self.is_one else files

    def text(self, folder_of: Mapping[str, Path]) -> str:
        """The value of the argument.

        Args:
            folder_of: place -> folder of the artifact, relative to the working directory.
        """
        folders = [folder_of[place] for place in self.places]
        if not self.names:
            return join_paths(folders)
        return join_named(dict(zip(self.names, folders, strict=True)))


def manifest(place: str) -> str:
    """The manifest of an artifact: the only edge between rules, small enough to be compared."""
    return f"<results>/{place}/manifest.json"


def folder(place: str) -> Reads:
    """One artifact."""
    return Reads([place], is_one=True)


def folders(kind: str, names: Sequence[str]) -> Reads:
    """Artifacts of one kind, whose order alone matters."""
    return Reads([f"{kind}/{name}" for name in names])


def named(kind: str, names: Sequence[str]) -> Reads:
    """Artifacts of one kind, which the program knows by their names."""
    return Reads([f"{kind}/{name}" for name in names], names)


def besides(reads: Reads) -> Reads:
    """The same without an edge: another input of the stage is made from these artifacts."""
    return replace(reads, is_edge=False)


def _nothing(config: Config, names: Names, output: Path) -> Arguments:
    return {}


@dataclass(frozen=True)
class WorkflowStage:
    """One row: what Snakemake must know of a stage."""

    name: str
    """Of the rule."""
    version: str
    """Its key in `STAGE_VERSION`."""
    reads: Callable[[Config, Names], Mapping[str, Reads]]
    """Parameter of the program -> artifacts; the rule's inputs have the same names."""
    settings: Callable[[Config, Names], BaseModel] | None = None
    """The block of the configuration that Snakemake compares and the program gets."""
    program: str = ""
    """Its file in scripts/ without `.py`, where that is not the stage's name."""
    arguments: Callable[[Config, Names, Path], Arguments] = _nothing
    """Further arguments; the path is that of the output, which a value here may replace."""
    machine: Callable[[Mapping[str, Any]], Arguments] | None = None
    """Arguments that follow from Snakemake's resources and change no result."""
    launcher: Callable[[Mapping[str, Any]], str] | None = None
    """The words before the program, by Snakemake's resources; without it, `python`."""
    is_one_file: bool = False
    """Whether the program writes one file and not a folder."""
