"""A file in the folder of its kind is all that a new source, format or dictionary needs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCE = '''"""Text written in the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lingraft.corpus.sources.source import Source, SourceFacts

if TYPE_CHECKING:
    from lingraft.corpus.fetching.place import Place


class InlineSource(Source):
    """Text written in the configuration."""

    kind: Literal["inline"]

    text: str
    """The text itself."""

    @property
    def origin(self) -> str:
        return "inline"

    def fetch(self, place: Place) -> SourceFacts:
        (place.files / "words.pairs").write_text(self.text)
        return {"version": None, "license": None}
'''
FORMAT = '''"""Sentences that end with full stops."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lingraft.corpus.formats.text_input import FilesInput


class Sentences(FilesInput):
    """Sentences that end with full stops."""

    format: Literal["sentences"]

    suffixes = (".pairs",)

    def read(self, path: Path):
        from lingraft.corpus.documents import Document

        for sentence in path.read_text().split("."):
            yield Document("", sentence) if sentence.strip() else None
'''
DICTIONARY = '''"""Pairs with an equals sign between them."""

from collections.abc import Iterator
from typing import Literal

from lingraft.vectors.dictionaries.dictionary import DictionaryInputs, DownloadedDictionary
from lingraft.vectors.word_pairs import WordPair


class Equations(DownloadedDictionary):
    """Pairs with an equals sign between them."""

    format: Literal["equations"]

    def read(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        for line in (inputs.download(self.source) / "words.pairs").read_text().split("."):
            if "=" in line:
                yield WordPair(*(word.strip() for word in line.split("=")))
'''
FILES = {
    "corpus/sources/inline.py": SOURCE,
    "corpus/formats/sentences.py": FORMAT,
    "vectors/dictionaries/equations.py": DICTIONARY,
}
TEXT = "house = nyumba. water = maji. A first sentence. Another one here. The last of them"
SOURCES = {"mine": {"kind": "inline", "text": TEXT}}
CORPUS = {
    "language": "eng_Latn",
    "texts": [{"source": "mine", "format": "sentences"}],
    "held_out": {"fraction": 0.5},
}
ALIGNMENT = {
    "source": "english",
    "target": "swahili",
    "dictionaries": [{"format": "equations", "source": "mine"}],
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house with three more files in it."""
    root = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "src" / "lingraft", root / "lingraft")
    for name, content in FILES.items():
        (root / "lingraft" / name).write_text(content)
    return root


def run(house: Path, *words: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(house)}
    done = subprocess.run(
        [sys.executable, *words], env=environment, cwd=house, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_configuration_and_the_reference_know_them(house: Path) -> None:
    vectors = {
        name: {"trainer": "pretrained", "source": "mine", "path": "x.vec"}
        for name in ("english", "swahili")
    }
    content = {
        "experiment": "new",
        "sources": SOURCES,
        "corpora": {"mine": CORPUS},
        "vectors": vectors,
        "alignments": {"both": ALIGNMENT},
    }
    code = (
        "import json, sys; from lingraft.experiment import loading, reference;"
        "config = loading.check(json.loads(sys.argv[1]), 'here');"
        "blocks = config.sources['mine'], config.corpora['mine'].texts[0],"
        " config.alignments['both'].dictionaries[0];"
        "print([type(block).__name__ for block in blocks]); print(reference.reference())"
    )
    said = run(house, "-c", code, json.dumps(content))
    assert said.startswith("['InlineSource', 'Sentences', 'Equations']")
    for heading in ("Inline Source", "Sentences", "Equations"):
        assert f"\n## {heading}\n" in said and f"[{heading}](#" in said
    assert "The text itself." in said


def test_the_programs_use_them(house: Path) -> None:
    programs = ROOT / "scripts"
    source = json.dumps(SOURCES["mine"])
    run(house, str(programs / "download.py"), "--settings", source, "--output", "download")
    assert (house / "download" / "files" / "words.pairs").read_text() == TEXT
    corpus = ["--name", "mine", "--settings", json.dumps(CORPUS), "--output", "corpus"]
    run(house, str(programs / "prepare_corpus.py"), *corpus, "--downloads", "mine=download")
    assert json.loads((house / "corpus" / "statistics.json").read_text())["inputs"] == [
        {"source": "mine", "format": "sentences", "read": 5, "kept": 5}
    ]
    for name, words in (("english", "house water"), ("swahili", "nyumba maji")):
        lines = [f"{word} {number} 1" for number, word in enumerate(words.split(), 1)]
        (house / f"{name}.vec").write_text("\n".join(["2 2", *lines, ""]))
    align = ["--settings", json.dumps(ALIGNMENT), "--downloads", "mine=download"]
    sides = ["--source-vectors", "english.vec", "--target-vectors", "swahili.vec"]
    run(house, str(programs / "align_vectors.py"), *align, *sides, "--output", "alignment")
    rows = (house / "alignment" / "dictionary.tsv").read_text().splitlines()
    assert rows[1:] == ["house\tnyumba\t1.0\tequations:mine", "water\tmaji\t1.0\tequations:mine"]
