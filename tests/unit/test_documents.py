"""README.md and docs/ name what there is, lead somewhere, and can be read in an editor."""

import re
from pathlib import Path

import pytest
from tests.house.options import DOCUMENTS, ROOT, code_in, names_in

from lingraft.experiment.configuration import Config

INVENTED = ("my.yaml", "my-evaluation.yaml")  # files that a reader writes
METHODS, DATA = ((ROOT / "docs" / name).read_text("utf-8") for name in ("methods.md", "data.md"))


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
            assert is_module(name), name
        for name in re.findall(r"(?<![\w/.])((?:src|tests|scripts|config)/[\w/.-]+\.\w+)", code):
            assert (ROOT / name).exists() or name.split("/")[-1] in INVENTED, name


def is_module(name: str) -> bool:
    """Whether it is a module or a package, or something that stands in one."""
    own = ROOT / "src" / Path(*name.split("."))
    return any(place.is_dir() or place.with_suffix(".py").exists() for place in (own, own.parent))


def test_every_method_has_a_card() -> None:
    cards = METHODS.split("\n## ")[1:]
    for name in names_in("initializations", "method"):
        [card] = [card for card in cards if f"`{{method: {name}}}`" in card.split("- **")[0]]
        parts = ["Idea", "Equation", "Needs", "Options"]
        assert [part for part in parts if f"- **{part}**" in card] == parts, name
        assert "`mode: reference`**" in card, name


def test_every_task_has_a_section() -> None:
    text = (ROOT / "docs" / "evaluation.md").read_text("utf-8")
    rows = " ".join(re.findall(r"^\| (`.*?`) \|", text, flags=re.MULTILINE))
    titles = " ".join(re.findall(r"^### (.*)$", text, flags=re.MULTILINE))
    for task in blocks_of_evaluation():
        assert f"`{task}`" in rows, task
        assert re.search(rf"\b{task}\b", titles), task


def blocks_of_evaluation() -> list[str]:
    block = Config.model_fields["evaluation"].annotation
    return list(getattr(block, "model_fields", {}))


@pytest.mark.parametrize(
    ("section", "key"), [("sources", "kind"), ("corpora", "format"), ("datasets", "format")]
)
def test_every_source_and_format_is_in_the_tables(section: str, key: str) -> None:
    names = names_in(section, key)
    assert names
    for name in names:
        assert re.search(rf"^\|.*\b{key}: {name}\b", DATA, flags=re.MULTILINE), name


def test_every_dictionary_is_in_the_table() -> None:
    text = (ROOT / "docs" / "vectors.md").read_text("utf-8")
    for name in names_in("alignments", "format"):
        assert f"| `{name}` |" in text, name
