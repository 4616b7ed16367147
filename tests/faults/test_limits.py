"""Out of memory, out of disk: whatever a program was doing, no half-made output remains.

Each program runs with its real limits (of address space, of file size), set once its libraries are
loaded, so that it is the work that fails and not the start.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lingraft.artifacts import MANIFEST, new_artifact
from lingraft.corpus.documents import Document, write_lines

SCRIPTS = Path(__file__).parents[2] / "scripts"
PROGRAM = """
import contextlib, importlib, io, resource, runpy, signal, sys
script, memory, file_size, modules, *words = sys.argv[1:]
from lingraft.program import use_threads
use_threads(1)
for name in modules.split(","):
    importlib.import_module(name)
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    sys.argv = [script, "--help"]  # imports what reads a command line
    runpy.run_path(script, run_name="__main__")
sys.argv = [script, *words]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
if int(memory) >= 0:
    pages = int(open("/proc/self/statm").read().split()[0])
    most = pages * resource.getpagesize() + int(memory)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
if int(file_size) >= 0:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_size), int(file_size)))
runpy.run_path(script, run_name="__main__")
"""


def run(
    script: str, modules: str, words: Sequence[str | Path], memory: int = -1, file_size: int = -1
) -> subprocess.CompletedProcess[str]:
    limits = [str(memory), str(file_size)]
    command = [sys.executable, "-c", PROGRAM, str(SCRIPTS / script), *limits, modules]
    return subprocess.run(
        [*command, *map(str, words)], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 MB of text in 100,000 different words."""
    folder = tmp_path_factory.mktemp("limits") / "text"
    facts = {"language": "eng_Latn", "splits": {"train": {"bytes": 3_000_000}}}
    with new_artifact(folder, "corpus", facts=facts) as staging:
        words = [f"wo{number * 7919 % 100_003}rd" for number in range(100_000)]
        for split, repeats in (("train", 3), ("valid", 1)):
            documents = (
                Document(f"d{repeat}-{begin}", " ".join(words[begin : begin + 1000]))
                for repeat in range(repeats)
                for begin in range(0, len(words), 1000)
            )
            write_lines(staging / f"{split}.jsonl.zst", documents)
    return folder


def tokenizer_words(corpus: Path, output: Path) -> list[str | Path]:
    settings = {"corpora": ["text"], "algorithm": "bpe", "vocabulary_size": 600}
    return ["--settings", json.dumps(settings), "--corpora", corpus, "--output", output]


def test_tokenizer_training_out_of_memory(corpus: Path, tmp_path: Path) -> None:
    output = tmp_path / "tokenizer"
    failed = run(
        "train_tokenizer.py", "lingraft.tokenizers.stage", tokenizer_words(corpus, output),
        memory=24 << 20,
    )  # fmt: skip
    assert failed.returncode not in (0, 75)
    assert "memory" in failed.stderr
    assert not output.exists()


def test_encoding_on_a_full_disk(corpus: Path, plain_bert: Path, tmp_path: Path) -> None:
    output = tmp_path / "tokens"
    words = ["--tokenizer", plain_bert / "model", "--corpus", corpus, "--output", output]
    module = "lingraft.tokenizers.stage"
    failed = run("encode_corpus.py", module, words, file_size=100_000)
    assert failed.returncode == 1
    told = failed.stderr.splitlines()[-1]
    assert told.startswith("error: the disk is full: ") and "File too large" in told
    assert not list(tmp_path.iterdir())
    assert run("encode_corpus.py", module, words).returncode == 0  # there is room again
    assert (output / MANIFEST).exists()


def test_initialization_out_of_memory(plain_bert: Path, tmp_path: Path) -> None:
    output = tmp_path / "initialized"
    words = ["--source-model", plain_bert / "model", "--target-tokenizer", plain_bert / "model"]
    # What the program imports anyway is there before the limit: the work has to meet it.
    modules = (
        "jsonargparse,lingraft.arguments,lingraft.config.yaml_files,"
        "lingraft.initialization.methods,lingraft.initialization.stage,"
        "transformers.models.bert.modeling_bert"
    )
    failed = run(
        "initialize_embeddings.py", modules,
        [*words, "--method", "random", "--output", output], memory=1 << 20,
    )  # fmt: skip
    assert failed.returncode not in (0, 75)
    assert "memory" in failed.stderr
    assert not output.exists()


@pytest.mark.slow
def test_pretraining_out_of_memory(plain_bert: Path, tmp_path: Path) -> None:
    settings = {"steps": 3, "sequence_length": 16, "batch_size": 8}
    words = [
        "--settings", json.dumps(settings), "--model", plain_bert / "model",
        "--tokens", plain_bert / "tokens" / "text", "--state", tmp_path / "state",
        "--output", tmp_path / "output",
    ]  # fmt: skip
    modules = "lingraft.training.stage,transformers.models.bert.modeling_bert"
    failed = run("pretrain.py", modules, words, memory=1 << 20)
    assert failed.returncode not in (0, 75)
    assert "memory" in failed.stderr
    assert not (tmp_path / "output").exists()
