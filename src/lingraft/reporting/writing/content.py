"""The whole report as a value: sections with their sentences, tables and figures."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from lingraft.experiment.configuration import Config
from lingraft.experiment.scale import MADE_UP
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.collected.pooling import pools
from lingraft.reporting.figures.figure import Figure
from lingraft.reporting.findings.across_languages import StudyAnswer
from lingraft.reporting.findings.finding import Finding
from lingraft.reporting.findings.gains import Gain
from lingraft.reporting.findings.leading import Standings
from lingraft.reporting.findings.studies import Study
from lingraft.reporting.tables.table import Table
from lingraft.reporting.writing.conclusions import Conclusion
from lingraft.reporting.writing.limitations import limitations


@dataclass(frozen=True)
class Section:
    """A part of the report with its parts in the order in which they are read."""

    id: str
    short: str
    title: str
    paragraphs: Sequence[str] = ()
    warnings: Sequence[str] = ()
    conclusions: Sequence[Conclusion] = ()
    bullets: Sequence[str] = ()
    parts: Sequence[Table | Figure] = ()
    marked_against: str = ""  # what ▲ is better than; empty: the baseline
    texts: Sequence[tuple[str, str]] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        said = (self.paragraphs, self.warnings, self.conclusions, self.bullets, self.texts)
        return not any((*said, self.parts))


@dataclass(frozen=True)
class Content:
    """The whole report, before it is written in any format.

    In `config` and `collection`, runs that differ only in their trainings are joined; `written` is
    the configuration as the user wrote it. `gains` are those of sentence encoders, and `studies`
    are those over many languages, each with what it shows.
    """

    config: Config
    written: Config
    collection: Collected
    standings: Standings
    findings: Sequence[Finding]
    gains: Sequence[Gain]
    conclusions: Sequence[Conclusion]
    studies: Sequence[tuple[Study, Sequence[StudyAnswer]]]
    hours: str
    sections: Sequence[Section] = field(default_factory=tuple)

    @cached_property
    def findings_of(self) -> Mapping[tuple[str, str], Sequence[Finding]]:
        """The findings of each run and initialization."""
        found: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            found.setdefault((finding.criterion.run, finding.initialization), []).append(finding)
        return found

    @cached_property
    def answered(self) -> Sequence[Study]:
        """The studies that show something: the section on many languages has them."""
        return [study for study, answers in self.studies if answers]

    @cached_property
    def studied_runs(self) -> Set[str]:
        """The runs of these studies."""
        return {run for study in self.answered for run in study.runs}

    @cached_property
    def pools(self) -> Mapping[str, str]:
        """The run under which the report shows each run of the configuration."""
        return pools(self.written)

    @property
    def made_up(self) -> list[str]:
        """That the data is made up, which is said before all else; empty where it is not."""
        return [said for said in self.config.report.limitations if said == MADE_UP]

    @property
    def missing(self) -> str:
        """`3 results are missing`; empty if none is."""
        gaps = len(self.collection.gaps)
        verb = "result is" if gaps == 1 else "results are"
        return f"{gaps} {verb} missing" if gaps else ""

    @cached_property
    def limits(self) -> Sequence[str]:
        """What a reader should not conclude."""
        return limitations(self.config, self.collection, self.standings.cells)

    @property
    def tables(self) -> list[Table]:
        """Every table, in order."""
        return [p for section in self.sections for p in section.parts if isinstance(p, Table)]

    @property
    def figures(self) -> list[Figure]:
        """Every figure, in order."""
        return [p for section in self.sections for p in section.parts if isinstance(p, Figure)]
