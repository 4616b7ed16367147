"""Places to download into, archives of all kinds, and corpora from a few lines of text."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lingraft.artifacts import new_artifact
from lingraft.corpus.fetching.place import Place, place_in
from lingraft.corpus.settings import Corpus
from lingraft.corpus.stage import prepare_corpus

WriteDownload = Callable[..., Path]
MakeCorpus = Callable[..., Path]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    staging = tmp_path / "staging"
    staging.mkdir()
    with place_in(staging, tmp_path / ".downloading", "source", "identity") as made:
        yield made


@pytest.fixture
def write_download(tmp_path: Path) -> WriteDownload:
    """A download artifact from file names and contents."""

    def write(name: str = "source", **files: str | bytes) -> Path:
        folder = tmp_path / "downloads" / name
        with new_artifact(folder, "download", facts={"license": "CC0-1.0"}) as staging:
            for path, content in files.items():
                target = staging / "files" / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write


@pytest.fixture
def make_corpus(tmp_path: Path, write_download: WriteDownload) -> MakeCorpus:
    """A corpus artifact from id -> text, or from raw bytes of JSON lines."""

    def make(
        texts: dict[str, str] | bytes,
        name: str = "english",
        pivot: Path | None = None,
        compared: dict[str, Path] | None = None,
        **block,
    ) -> Path:
        content = texts
        if isinstance(texts, dict):
            lines = (json.dumps({"id": key, "text": text}) for key, text in texts.items())
            content = "\n".join(lines)
        download = write_download(name, **{"text.jsonl": content})
        inputs = [{"source": name, "format": "jsonl", "id_field": "id"}]
        settings = {"language": "eng_Latn", "texts": inputs, **block}
        if pivot is not None:
            settings["pivot"] = pivot.name
        output = tmp_path / "corpora" / name
        checked = Corpus.model_validate(settings)
        downloads = {source: tmp_path / "downloads" / source for source in checked.sources}
        prepare_corpus(
            name, checked, downloads | {name: download}, pivot, output, compared=compared
        )
        return output

    return make
