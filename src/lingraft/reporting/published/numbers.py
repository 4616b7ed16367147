"""The table of published numbers: the one that comes with lingraft, and those of users.

A CSV file with one number a row, its source, and how it was read.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from lingraft.config.names import nearest
from lingraft.config.report import Published
from lingraft.errors import ConfigError, InputError
from lingraft.experiment.configuration import Config

TRUSTS = ("read", "secondary", "derived", "computed", "memory")
UNITS: Mapping[str, float] = {"percent": 0.01, "ratio": 1.0, "nats": 1.0, "": 1.0}
KINDS = ("score", "setup")


@dataclass(frozen=True)
class PaperNumber:
    """One published number: `value` and `sd` as printed, in `unit`.

    `kind` is "score" for the score of a model, and "setup" for all others (sizes, steps, gains),
    which are never joined. `trust` says how the number was read; all except "read" have a dagger.
    """

    paper: str
    reference: str
    table: str
    model: str
    source_model: str
    language: str
    step: str
    kind: str
    task: str
    metric: str
    protocol: str
    setting: str
    value: str
    unit: str
    sd: str
    trust: str
    source: str
    note: str

    @property
    def share(self) -> float:
        """The value in our units: percent as a share."""
        return float(self.value) * UNITS[self.unit]

    @property
    def deviation(self) -> float | None:
        """The paper's standard deviation in our units."""
        return float(self.sd) * UNITS[self.unit] if self.sd else None

    @property
    def is_certain(self) -> bool:
        """Whether somebody read it in the paper or its repository."""
        return self.trust == "read"


def load_numbers(extra: Sequence[Path] = ()) -> list[PaperNumber]:
    """The numbers that come with lingraft, then those of the user's files.

    Raises:
        InputError: a file cannot be read, lacks a column, or has an invalid row.
    """
    numbers = list(_read("paper_numbers.csv", _own_table()))
    for path in extra:
        try:
            numbers += _read(str(path), path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"table of published numbers {path} cannot be read: {error}") from None
    return numbers


def table_digest(config: Config) -> str:
    """Digest of the table that comes with lingraft, if the report depends on it; else empty."""
    return sha256(_own_table().encode()).hexdigest()[:16] if config.report.published else ""


def _own_table() -> str:
    table = files("lingraft.reporting.published") / "data" / "paper_numbers.csv"
    return table.read_text(encoding="utf-8")


def check_published(config: Config) -> None:
    """Check that the tables have the papers and models that `report.published` names.

    Raises:
        ConfigError: one of them is unknown; the message names the nearest one.
        InputError: a table of the user cannot be used.
    """
    if config.report.published:
        numbers = load_numbers([Path(table) for table in config.report.paper_tables])
        for declared in config.report.published:
            of_model(declared, numbers)


def of_model(declared: Published, numbers: Sequence[PaperNumber]) -> list[PaperNumber]:
    """The rows of a declared model.

    Raises:
        ConfigError: the paper or its model is unknown.
    """
    models = {number.model: None for number in numbers if number.paper == declared.paper}
    if not models:
        papers = {number.paper for number in numbers}
        raise ConfigError(
            f"report.published: unknown paper {declared.paper!r}; {nearest(declared.paper, papers)}"
        )
    if declared.model not in models:
        raise ConfigError(
            f"report.published: {declared.paper} has no model {declared.model!r}; "
            f"{nearest(declared.model, models)}"
        )
    return [n for n in numbers if (n.paper, n.model) == (declared.paper, declared.model)]


def _read(name: str, text: str) -> Iterator[PaperNumber]:
    reader = csv.DictReader(io.StringIO(text))
    wanted = [field.name for field in fields(PaperNumber)]
    missing = [column for column in wanted if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{name} has no column {missing[0]}; it needs {', '.join(wanted)}")
    for row in reader:
        number = PaperNumber(**{column: (row[column] or "").strip() for column in wanted})
        problem = _problem(number)
        if problem:
            raise InputError(f"{name}, line {reader.line_num}: {problem}")
        yield number


def _problem(number: PaperNumber) -> str | None:
    for key, known in (("trust", TRUSTS), ("kind", KINDS), ("unit", tuple(UNITS))):
        value = getattr(number, key)
        if value not in known:
            return f"{key} {value!r} is not one of {', '.join(map(repr, known))}"
    if not number.source:
        return "a number without a source does not enter the report"
    if number.kind == "setup":
        return None
    for key in ("value", "sd"):
        text = getattr(number, key)
        if (text or key == "value") and not _is_number(text):
            return f"{key} {text!r} is not a number"
    return None if number.protocol else "a score needs a protocol"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
