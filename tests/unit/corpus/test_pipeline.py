"""Shards, whoever cleans them, make the corpus of one pass; a broken file breaks one alone."""

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.tokens import DocumentTokenizer

from lingraft.artifacts import new_artifact, read_manifest, verify
from lingraft.config.tokenizers import Tokenizer
from lingraft.corpus.documents import read_documents
from lingraft.corpus.pipeline import cleaning_pipeline
from lingraft.corpus.settings import Corpus
from lingraft.corpus.stage import clean_shard, prepare_corpus
from lingraft.corpus.token_files import TokenFile
from lingraft.errors import ArtifactError, ConfigError, InputError
from lingraft.tokenizers.stage import encode_corpus, make_tokenizer

ROOT = Path(__file__).parents[3]
Download = dict[str, Path]
FILES = ("train.jsonl.zst", "valid.jsonl.zst", "partition.jsonl.zst", "statistics.json")


def _line(number: int) -> str:
    seed = number % 150 if number < 900 else number  # some lines come twice, in other files too
    generator = random.Random(seed)
    return " ".join(generator.choice(["mti", "nyumba", "njia", "kitabu", "23"]) for _ in range(9))


@pytest.fixture
def downloads(tmp_path: Path) -> Download:
    """Two sources: seven files of plain text, one of them empty, and two of JSON lines."""
    with new_artifact(tmp_path / "web", "download") as staging:
        folder = staging / "files"
        folder.mkdir()
        for number in range(6):
            lines = [_line(40 * number + row) for row in range(40)]
            lines[7] = ""  # a gap counts in the ids
            lines[9] = "12 %"  # dropped
            content = "\n".join(lines).encode()
            name, pack = [
                ("txt", bytes), ("txt.gz", gzip.compress), ("txt.zst", zstandard.compress)
            ][number % 3]  # fmt: skip
            (folder / f"part-{number}.{name}").write_bytes(pack(content))
        (folder / "part-9.txt").write_bytes(b"")
    with new_artifact(tmp_path / "books", "download") as staging:
        (staging / "files").mkdir()
        for number in range(2):
            rows = [json.dumps({"text": _line(900 + 20 * number + row)}) for row in range(20)]
            (staging / "files" / f"{number}.jsonl").write_text("\n".join(rows))
    return {"web": tmp_path / "web", "books": tmp_path / "books"}


def _corpus(shards: int, **options: Any) -> Corpus:
    texts = [{"source": "web", "format": "text"}, {"source": "books", "format": "jsonl"}]
    block = {"language": "swh_Latn", "texts": texts, "held_out": {"fraction": 0.1}}
    return Corpus.model_validate({**block, "shards": shards, **options})


def _shards(settings: Corpus, folder: Path) -> list[Path]:
    return [folder / str(shard) for shard in range(settings.shards)]


def _contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture
def one_pass(downloads: Download, tmp_path: Path) -> Path:
    """The corpus without shards."""
    prepare_corpus("web", _corpus(1), downloads, None, tmp_path / "one")
    return tmp_path / "one"


@pytest.mark.parametrize("count", [2, 3, 20])  # 20: more shards than files
def test_shards_make_the_corpus_of_one_pass(
    count: int, downloads: Download, one_pass: Path, tmp_path: Path
) -> None:
    settings = _corpus(count)
    for shard in reversed(range(count)):
        clean_shard(settings, downloads, shard, tmp_path / "shards")
    shards = _shards(settings, tmp_path / "shards")
    prepare_corpus("web", settings, downloads, None, tmp_path / "many", shards)
    assert _contents(tmp_path / "many") == _contents(one_pass)
    found = [document.id for document in read_documents(one_pass / "train.jsonl.zst")]
    assert "web/41" in found and any(name.startswith("books/") for name in found)


def test_executors_of_datatrove_make_the_same_shards(
    downloads: Download, one_pass: Path, tmp_path: Path
) -> None:
    settings = _corpus(3)
    LocalPipelineExecutor(
        cleaning_pipeline(settings, downloads, tmp_path / "shards"),
        tasks=3,
        workers=2,
        logging_dir=str(tmp_path / "logs"),
    ).run()
    for shard, folder in enumerate(_shards(settings, tmp_path / "shards")):
        clean_shard(settings, downloads, shard, tmp_path / "again")
        assert read_manifest(folder).files == verify(tmp_path / "again" / str(shard)).files


def test_filters_of_datatrove_fit_in(downloads: Download, tmp_path: Path) -> None:
    settings = _corpus(1)
    read, clean, write = cleaning_pipeline(settings, downloads, tmp_path / "shards")
    wanted = LambdaFilter(lambda document: document.text.startswith("mti"))
    LocalPipelineExecutor(
        [read, clean, wanted, write], tasks=1, workers=1, logging_dir=str(tmp_path / "logs")
    ).run()
    statistics = json.loads((tmp_path / "shards" / "0" / "statistics.json").read_text())
    kept = sum(entry["kept"] for entry in statistics["files"].values())
    assert 0 < kept < statistics["cleaning"]["read"] / 2


def test_tokens_are_those_of_datatrove(one_pass: Path, tmp_path: Path) -> None:
    """Reading our corpus, encoding it and writing tokens, once by datatrove and once by us."""
    block = Tokenizer(corpora=("web",), algorithm="bpe", vocabulary_size=300,
                      special_tokens_style="gpt2")  # fmt: skip
    make_tokenizer(block, [one_pass], tmp_path / "tokenizer")
    encode_corpus(tmp_path / "tokenizer", one_pass, tmp_path / "ours")
    LocalPipelineExecutor(
        [
            JsonlReader(str(one_pass), glob_pattern="train.jsonl.zst", compression="zstd"),
            DocumentTokenizer(
                str(tmp_path / "theirs"),
                str(tmp_path / "tokenizer" / "tokenizer.json"),
                eos_token="<|endoftext|>",
                shuffle_documents=False,
            ),
        ],
        tasks=1,
        workers=1,
        logging_dir=str(tmp_path / "logs"),
    ).run()
    (theirs,) = (tmp_path / "theirs").glob("*.ds")
    assert (tmp_path / "ours" / "train.ds").read_bytes() == theirs.read_bytes()
    index = theirs.with_name(theirs.name + ".index")
    assert (tmp_path / "ours" / "train.ds.index").read_bytes() == index.read_bytes()
    assert len(TokenFile.open(tmp_path / "ours", "train").tokens_N) > 1000


def test_a_broken_file_breaks_its_shard_alone(downloads: Download, tmp_path: Path) -> None:
    broken = downloads["web"] / "files" / "part-4.txt.gz"
    broken.write_bytes(broken.read_bytes()[:50])
    settings = _corpus(3)
    for shard in (0, 2):
        clean_shard(settings, downloads, shard, tmp_path / "shards")
    with pytest.raises(InputError, match=r"part-4\.txt\.gz has 50 bytes instead of"):
        clean_shard(settings, downloads, 1, tmp_path / "shards")
    shards = _shards(settings, tmp_path / "shards")
    assert [folder.exists() for folder in shards] == [True, False, True]


def test_wrong_shards_are_refused(
    downloads: Download, one_pass: Path, tmp_path: Path, make_shards: Callable[[int], list[Path]]
) -> None:
    def prepare(shards: list[Path]) -> None:
        prepare_corpus("web", _corpus(3), downloads, None, tmp_path / "out", shards)

    shards = make_shards(3)
    with pytest.raises(ConfigError, match="3 shards; 2 are given"):
        prepare(shards[:2])
    with pytest.raises(ConfigError, match="is shard 1 of 3, not 0 of 3"):
        prepare([shards[1], shards[0], shards[2]])
    with pytest.raises(ArtifactError, match="not a finished artifact"):
        prepare([*shards[:2], tmp_path / "none"])
    with pytest.raises(ConfigError, match="no shard 3"):
        clean_shard(_corpus(3), downloads, 3, tmp_path / "shards")
    assert not (tmp_path / "out").exists()


def test_a_missing_download_is_named(downloads: Download, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, str(ROOT / "scripts" / "clean_shard.py"), "--name", "web"),
            *("--settings", _corpus(2).model_dump_json(exclude_unset=True), "--shard", "0"),
            *("--downloads", f"web={downloads['web']}", "--output", str(tmp_path / "shards")),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == (
        "error: corpus web needs the download of source books; give it"
    )
    assert not (tmp_path / "shards").exists()


@pytest.fixture
def make_shards(downloads: Download, tmp_path: Path) -> Callable[[int], list[Path]]:
    """Make all shards of the corpus."""

    def make(count: int) -> list[Path]:
        for shard in range(count):
            clean_shard(_corpus(count), downloads, shard, tmp_path / "shards")
        return _shards(_corpus(count), tmp_path / "shards")

    return make


@pytest.mark.parametrize(
    "text",
    [
        {"source": "web", "format": "text", "maximum": 5},
        {"source": "web", "format": "jsonl", "maximum_bytes": 5},
        {"source": "web", "format": "mediawiki", "locale": "sw"},
    ],
)
def test_limits_and_catalogs_cannot_be_shared(text: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="set shards to 1"):
        _corpus(2, texts=[text])
