"""README.md and docs/ name what there is, lead somewhere, and can be read in an editor."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from tests.house.options import DOCUMENTS, ROOT, blocks_below, code_in, names_in

from lingraft.encoders.losses import LOSSES
from lingraft.encoders.preset import PRESETS, read_preset
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.subject import ModelSubject, TokenizerSubject
from lingraft.evaluation.tasks import TASKS
from lingraft.evaluation.word_subjects import AlignmentSubject, VectorsSubject
from lingraft.experiment.configuration import Config
from lingraft.initialization.methods import METHODS

INVENTED = ("my.yaml", "my-evaluation.yaml", "lingraft.sif")  # files that a reader makes
SUBJECTS = {
    ModelSubject: "model",
    TokenizerSubject: "tokenizer",
    AlignmentSubject: "alignment",
    VectorsSubject: "set",
}
TABLE_OF_DEFAULTS = re.compile(r"\| default \|[^\n]*\n\|[-|]+\n((?:\|.*\n)+)")
METHOD_CARDS, DATA = (
    (ROOT / "docs" / name).read_text("utf-8") for name in ("methods.md", "data.md")
)


def ids(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", DOCUMENTS, ids=ids)
def test_links_lead_to_files_and_headings(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        if not target.startswith("http"):
            name, _, anchor = target.partition("#")
            file = path.parent / name if name else path
            assert file.exists(), target
            assert not anchor or anchor in anchors(file.read_text("utf-8")), target


def anchors(document: str) -> list[str]:
    titles = re.findall(r"^#+ (.*)$", document, flags=re.MULTILINE)
    return [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]


@pytest.mark.parametrize("path", DOCUMENTS, ids=ids)
def test_lines_fit_an_editor(path: Path) -> None:
    """At most 120 characters, but in tables and lists of tests."""
    lines = path.read_text("utf-8").splitlines()
    prose = [line for line in lines if not line.lstrip().startswith("|") and "`tests/" not in line]
    assert not [line for line in prose if len(line) > 120]


@pytest.mark.parametrize("path", DOCUMENTS, ids=ids)
def test_modules_and_files_that_are_named_exist(path: Path) -> None:
    for code in code_in(path.read_text("utf-8")):
        for name in re.findall(r"\blingraft(?:\.\w+)+", code):
            assert is_module(name) or name in INVENTED, name
        for name in re.findall(
            r"(?<![\w/.])((?:src|tests|scripts|config|docs)/[\w/.-]+\.\w+)", code
        ):
            assert (ROOT / name).exists() or name.split("/")[-1] in INVENTED, name


def is_module(name: str) -> bool:
    """Whether it is a module or a package, or something that one of them defines."""
    own = ROOT / "src" / Path(*name.split("."))
    if own.is_dir() or own.with_suffix(".py").exists():
        return True
    owner = own.parent / "__init__.py" if own.parent.is_dir() else own.parent.with_suffix(".py")
    return owner.exists() and re.search(rf"\b{own.name}\b", owner.read_text("utf-8")) is not None


@pytest.mark.parametrize("path", DOCUMENTS, ids=ids)
def test_defaults_in_tables_are_those_of_the_options(path: Path) -> None:
    tables = re.findall(TABLE_OF_DEFAULTS, path.read_text("utf-8"))
    for row in "".join(tables).splitlines():
        keys, said = (cell.strip() for cell in row.split(" | ")[:2])
        known = [defaults_of(key) for key in re.findall(r"`(\w+)`", keys)]
        assert all(known), row
        values = said.split(", ") if len(known) > 1 and ", " in said else [said] * len(known)
        for value, defaults in zip(values, known, strict=True):
            assert value.strip("`") in defaults or " " in value, row  # words explain some


def defaults_of(key: str) -> set[str]:
    """Return how a document may write the defaults of the options of this name."""
    blocks = [block for block in blocks_below(Config) if key in block.model_fields]
    return {
        form
        for block in blocks
        for form in forms(block.model_fields[key].get_default(call_default_factory=True))
    }


def forms(value: object) -> set[str]:
    if value is None or value in ((), {}, []):
        return {"none", "unset", "empty"}
    if isinstance(value, bool):
        return {str(value).lower()}
    return {f"{value:,}", f"{value:g}"} if isinstance(value, int | float) else {str(value)}


def test_every_method_has_its_card() -> None:
    """The words that the class declares, all parts, and what its reference mode does."""
    cards = [" ".join(card.split()) for card in METHOD_CARDS.split("\n## ")[1:]]
    for name, method in METHODS.items():
        [card] = [card for card in cards if f"`{{method: {name}}}`" in card.split("- **")[0]]
        said = [getattr(method.card, field.name) for field in fields(method.card)]
        assert not [words for words in said if words not in card]
        parts = ["Idea", "Equation", "Needs", "Options"]
        assert [part for part in parts if f"- **{part}**" in card] == parts, name
        assert "`mode: reference`**" in card, name


def test_every_decision_is_in_the_index() -> None:
    index, text = (ROOT / "docs" / "decisions.md").read_text("utf-8").split("\n1. ", 1)
    numbers = {"1", *re.findall(r"^(\d+)\. ", text, flags=re.MULTILINE)}
    assert numbers == set(re.findall(r"\b\d+\b", index))


def test_every_task_has_a_row_and_a_section() -> None:
    text = (ROOT / "docs" / "evaluation.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (`.*?`) \|.*\| each (\w+).* \|$", text, flags=re.MULTILINE))
    said = {name: kind for names, kind in rows.items() for name in re.findall(r"\w+", names)}
    assert said == {name: SUBJECTS[task.measures] for name, task in TASKS.items()}
    titles = re.findall(r"^### (.*)$", text, flags=re.MULTILINE)
    assert set(TASKS) <= set(re.findall(r"\w+", " ".join(titles)))
    [fine_tuned] = [title for title in titles if title.startswith("Fine-tuning: ")]
    assert named_in(fine_tuned) == {name for name, task in TASKS.items() if task.is_fine_tuned}
    [vectors] = re.findall(r"\*\*How a text becomes a vector\*\* \(([^)]*)\)", text)
    assert named_in(vectors) == {
        name for name, task in TASKS.items() if issubclass(task, Embedding)
    }


def named_in(text: str) -> set[str]:
    return set(re.findall(r"\w+", text)) & set(TASKS)


@pytest.mark.parametrize(
    ("section", "key"),
    [("sources", "kind"), ("corpora", "format"), ("corpora", "method"), ("datasets", "format")],
)
def test_every_source_and_format_is_in_the_tables(section: str, key: str) -> None:
    names = names_in(section, key)
    assert names
    for name in names:
        assert re.search(rf"^\|.*\b{key}: {name}\b", DATA, flags=re.MULTILINE), name


def test_every_dictionary_trainer_and_aligner_is_in_its_document() -> None:
    text = (ROOT / "docs" / "vectors.md").read_text("utf-8")
    for name in [*names_in("alignments", "format"), *names_in("vectors", "format")]:
        assert f"| `{name}` |" in text, name
    chosen = [*names_in("vectors", "trainer"), *names_in("alignments", "method")]
    for name in [*chosen, *names_in("vectors", "name"), *names_in("vectors", "method")]:
        assert any(re.search(rf"\b{name}\b", code) for code in code_in(text)), name


def test_every_loss_is_in_the_table() -> None:
    """With what its class says: the paper's authors and year, the forms, and the status."""
    text = (ROOT / "docs" / "encoders.md").read_text("utf-8")
    (table,) = re.findall(r"<!-- losses -->\n(.*?)<!-- end -->", text, flags=re.DOTALL)
    rows = [
        f"| `{name}` | {loss.paper.split(',')[0]} | {', '.join(loss.reads)} | {loss.status} |"
        for name, loss in LOSSES.items()
    ]
    assert sorted(table.splitlines()[2:]) == sorted(rows)


def test_every_preset_is_in_the_table() -> None:
    """With what its file says."""
    text = (ROOT / "docs" / "encoders.md").read_text("utf-8")
    (table,) = re.findall(r"<!-- presets -->\n(.*?)<!-- end -->", text, flags=re.DOTALL)
    rows = []
    for name in PRESETS:
        preset = read_preset(name)
        said = (preset.paper, preset.does, preset.ours, preset.status)
        rows.append(" | ".join((f"| `{name}`", *said)) + " |")
    assert sorted(table.splitlines()[2:]) == sorted(rows)
