"""A laboratory for crashes: many short trainings that share one slow import.

Importing torch, transformers and DeepSpeed takes seconds, and killing a training fifty times means
starting it fifty times. So one process (`zygote`) imports everything once, computes nothing, and
forks a fresh process for each training, which may die as it likes.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.artifacts import TrainingSetFacts, new_artifact
from lingraft.corpus.token_files import Counts, Specials, TokenMeta, vocabulary_digest, write_tokens
from lingraft.encoders.examples import TrainingExample, write_examples

VOCABULARY = 60
RECIPE = {
    "steps": 24, "sequence_length": 16, "batch_size": 8, "learning_rate": 1e-2,
    "evaluate_every": 12,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A training of the laboratory."""

    folder: Path  # holds model and tokens
    name: str  # of its state and output
    recipe: Mapping[str, Any] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)
    processes: int = 1
    fault: str = ""  # a fault to inject in the process, see `FAULTS`
    is_encoder: bool = False  # whether the recipe is that of a sentence encoder

    @property
    def state(self) -> Path:
        """Where its checkpoints are, whatever its fingerprint is."""
        return next(
            path for path in (self.folder / f"state-{self.name}").iterdir() if path.is_dir()
        )

    @property
    def output(self) -> Path:
        """The finished model."""
        return self.folder / f"output-{self.name}"

    def as_json(self) -> str:
        """For the zygote."""
        return json.dumps(
            {
                "folder": str(self.folder), "name": self.name, "processes": self.processes,
                "recipe": dict(self.recipe) if self.is_encoder else {**RECIPE, **self.recipe},
                "machine": dict(self.machine), "fault": self.fault,
                "is_encoder": self.is_encoder,
            }
        )  # fmt: skip


class Laboratory:
    """Starts trainings and tells how they ended."""

    def __init__(self, folder: Path) -> None:
        environment = {
            **os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false",
            "TMPDIR": str(folder), "TORCHINDUCTOR_COMPILE_THREADS": "1",
        }  # fmt: skip
        self._zygote = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=environment,
        )  # fmt: skip
        assert self._answer() == "ready"

    def start(self, case: Case) -> list[int]:
        """Start a training; returns the ids of its processes."""
        self._ask("start " + case.as_json())
        return list(json.loads(self._answer()))

    def wait(self, pids: list[int]) -> list[int]:
        """Exit codes of the processes (negative: the signal that ended them)."""
        self._ask("wait " + json.dumps(pids))
        return list(json.loads(self._answer()))

    def run(self, case: Case) -> int:
        """Run a training; the exit code of its main process."""
        return self.wait(self.start(case))[0]

    def kill_after(self, case: Case, seconds: float) -> bool:
        """Run a training and SIGKILL it after so many seconds; whether it ended before that."""
        pids = self.start(case)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and _alive(pids):
            time.sleep(0.005)
        finished = not _alive(pids)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        codes = self.wait(pids)
        assert codes[0] in (0, -signal.SIGKILL), f"{case.name} ended by itself with {codes}"
        return finished and codes[0] == 0

    def close(self) -> None:
        """End the zygote."""
        assert self._zygote.stdin is not None
        self._zygote.stdin.close()
        self._zygote.wait(timeout=60)

    def _ask(self, line: str) -> None:
        assert self._zygote.stdin is not None
        self._zygote.stdin.write(line + "\n")
        self._zygote.stdin.flush()

    def _answer(self) -> str:
        assert self._zygote.stdout is not None
        return self._zygote.stdout.readline().strip()


def make_inputs(folder: Path, kind: str) -> Path:
    """Write a tiny model, tokens and held-out text into `folder`; kinds are "bert", "bert-dropout",
    "gpt2" (with dropout) and "gpt2-plain"."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        AutoModelForCausalLM,
        AutoModelForMaskedLM,
        BertConfig,
        GPT2Config,
        PreTrainedTokenizerFast,
    )

    words = words_of(VOCABULARY)
    backend = Tokenizer(models.WordLevel(words, unk_token="w0x"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    dropout = 0.1 if kind in ("bert-dropout", "gpt2") else 0.0
    torch.manual_seed(0)
    if kind.startswith("gpt2"):
        model: Any = AutoModelForCausalLM.from_config(
            GPT2Config(
                vocab_size=VOCABULARY, n_embd=16, n_layer=1, n_head=2, n_positions=32,
                bos_token_id=1, eos_token_id=1, resid_pdrop=dropout, embd_pdrop=dropout,
                attn_pdrop=dropout,
            )
        )  # fmt: skip
    else:
        model = AutoModelForMaskedLM.from_config(
            BertConfig(
                vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                intermediate_size=32, max_position_embeddings=32, hidden_dropout_prob=dropout,
                attention_probs_dropout_prob=dropout,
            )
        )  # fmt: skip
    with new_artifact(folder / "model", "model") as staging:
        model.save_pretrained(staging)
        PreTrainedTokenizerFast(
            tokenizer_object=backend, unk_token="w0x", sep_token="w1x", cls_token="w2x",
            mask_token="w3x", pad_token="w4x",
        ).save_pretrained(staging)  # fmt: skip
    write_corpus(folder / "tokens" / "text", words)
    write_translations(folder / "sets" / "pairs")
    return folder


def give_account(folder: Path, codes_T: NDArray[np.uint8], plain: str) -> None:
    """Give the model of `folder` the account of an initialization, where each row comes from; as it
    was without that it is in `plain`."""
    (folder / "model").rename(folder / plain)
    with new_artifact(folder / "model", "model") as staging:
        for path in (folder / plain).iterdir():
            if path.name != "manifest.json":
                shutil.copy(path, staging)
        np.savez(staging / "weights.npz", provenance=codes_T)


def write_translations(folder: Path, examples: int = 80) -> None:
    """Write a training set: sentences of random words, and the words' neighbors as translations."""
    generator = np.random.default_rng(1)
    with new_artifact(folder, "training_set", facts=TrainingSetFacts(form="translations")) as made:
        rows = [generator.integers(5, VOCABULARY - 1, 3 + n % 9) for n in range(examples)]
        texts = [tuple(" ".join(f"w{i + k}x" for i in row) for k in (0, 1)) for row in rows]
        write_examples(
            made, (TrainingExample(str(n), pair, "swh_Latn") for n, pair in enumerate(texts))
        )


def words_of(size: int) -> dict[str, int]:
    """A vocabulary. No word begins another one: special tokens are found anywhere in a text."""
    return {f"w{number}x": number for number in range(size)}


def write_corpus(folder: Path, words: Mapping[str, int], documents: int = 60) -> None:
    """Write a "tokens" artifact of random text, and a corpus with held-out documents like it."""
    generator = np.random.default_rng(0)
    specials = Specials(
        vocabulary_size=len(words), separator=1, prefix=(2,), suffix=(1,), mask=3, pad=4,
        special=(0, 1, 2, 3, 4),
    )  # fmt: skip
    with new_artifact(folder, "tokens") as staging:
        counts = {}
        for split, number in (("train", documents), ("valid", 12)):
            lengths = generator.integers(3, 30, number)
            ids = generator.integers(5, len(words), lengths.sum())
            ids[np.cumsum(lengths) - 1] = 1
            write_tokens(staging / f"{split}.ds", [(ids, lengths)], "uint16")
            counts[split] = Counts(int(lengths.sum()), number, 5 * len(ids), 5 * len(ids), 0)
        TokenMeta("uint16", specials, counts, vocabulary_digest(words), "c").save(staging)  # type: ignore[arg-type]
    held_out = folder.parents[1] / "corpora" / folder.name / "valid.jsonl"
    held_out.parent.mkdir(parents=True, exist_ok=True)
    with held_out.open("w") as stream:
        for number in range(60):
            ids = generator.integers(5, VOCABULARY, 3 + number % 27)
            text = " ".join(f"w{i}x" for i in ids)
            stream.write(json.dumps({"id": str(number), "text": text}) + "\n")


def _alive(pids: list[int]) -> bool:
    def runs(pid: int) -> bool:
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return False
        return status.rpartition(")")[2].split()[0] != "Z"

    return any(runs(pid) for pid in pids)


# --- What follows runs in the zygote and its children. ---


def _at(point: str, action: Callable[[], None], count: int = 1) -> Callable[[str], None]:
    """A hook that acts when a save reaches a point for the count-th time."""
    seen = 0

    def hook(reached: str) -> None:
        nonlocal seen
        if reached == point:
            seen += 1
            if seen == count:
                action()

    return hook


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _inject(fault: str, rank: int) -> Callable[[str], None] | None:
    """Put faults, joined by `+`, into this process; returns a hook for the phases of a save.

    `kill|POINT|N`: at the N-th time that a save is at POINT; `signal|NAME|POINT`; `nan|STEP|COUNT|
    RANK` and `spike|STEP`: losses; `disk|NUMBER|N|COUNT`: writing the N-th file fails with that
    error number, COUNT times; `space|BYTES`: so much is free; `step|STEP|ACTION`: before that step
    hang, kill (the second process), a signal, vanish (the state's folder) or memory (there is no
    more).
    """
    hooks = [hook for part in fault.split("+") if (hook := _inject_one(part, rank))]

    def all_of_them(point: str) -> None:
        for hook in hooks:
            hook(point)

    return all_of_them if hooks else None


def _inject_one(fault: str, rank: int) -> Callable[[str], None] | None:
    name, *words = fault.split("|")
    if name == "kill":
        return _at(words[0], _die, int(words[1]))
    if name == "signal":
        return _at(words[1], lambda: os.kill(os.getpid(), getattr(signal, words[0])))
    if name == "nan" and int(words[2]) == rank:
        _poison_losses(int(words[0]), int(words[1]))
    if name == "spike":
        _poison_losses(int(words[0]), 1, 100.0)
    if name == "space":
        _shrink_the_disk(int(words[0]))
    if name == "disk":
        _break_the_disk(*map(int, words))
    if name == "step":
        _act_at_step(int(words[0]), words[1])
    return None


def _poison_losses(first: int, count: int, factor: float = float("nan")) -> None:
    from lingraft.training import objectives

    original, calls = objectives.LanguageModeling.forward, 0

    def forward(self: Any, *arguments: Any, **inputs: Any) -> Any:
        nonlocal calls
        loss = original(self, *arguments, **inputs)
        calls += self.training
        return loss * factor if self.training and first < calls <= first + count else loss

    objectives.LanguageModeling.forward = forward  # type: ignore[method-assign]


def _break_the_disk(number: int, first: int, count: int) -> None:
    from lingraft.training import checkpoint

    original, calls = checkpoint.save_file, 0

    def save_file(tensors: Any, path: Path) -> None:
        nonlocal calls
        calls += 1
        original(tensors, path)
        if first <= calls < first + count:
            os.truncate(path, path.stat().st_size // 2)
            raise OSError(number, os.strerror(number))

    checkpoint.save_file = save_file


def _shrink_the_disk(free: int) -> None:
    from lingraft.training import disk

    usage = type(shutil.disk_usage("/"))
    disk.shutil.disk_usage = lambda folder: usage(free, 0, free)  # type: ignore[attr-defined]


def _act_at_step(step: int, action: str) -> None:
    from lingraft.encoders.loop import Tuning
    from lingraft.training.loop import Training

    for kind in (Training, Tuning):
        _act_within(kind, step, action)


def _act_within(kind: Any, step: int, action: str) -> None:
    import torch

    original = kind._step

    def act(self: Any, *arguments: Any) -> None:
        if self.progress.step == step:
            if action == "hang":
                time.sleep(3600)
            elif action == "kill" and self.world.rank == 1:
                _die()
            elif action.startswith("SIG"):
                os.kill(os.getpid(), getattr(signal, action))
            elif action == "vanish":
                shutil.rmtree(self.store.folder)
            elif action == "memory":
                torch.empty(1 << 60)
        original(self, *arguments)

    kind._step = act


def _train(case: Mapping[str, Any], rank: int, port: int) -> int:
    """The life of a forked process."""
    size = case["processes"]
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(size), MASTER_PORT=str(port),
        MASTER_ADDR="127.0.0.1",
    )  # fmt: skip
    from lingraft.config.pretraining import Pretraining
    from lingraft.errors import LingraftError
    from lingraft.training.job import Job, Machine
    from lingraft.training.stage import pretrain

    folder, name = Path(case["folder"]), case["name"]
    log = (folder / f"{name}.log").open("a")
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    try:
        hook = _inject(case["fault"], rank) if case["fault"] else None
        if case["is_encoder"]:
            _tune(case, hook)
            return 0
        tokens = {path.name: path for path in sorted((folder / "tokens").iterdir())}
        recipe = Pretraining(**case["recipe"])
        job = Job(
            recipe, folder / "model", tokens, folder / f"state-{name}",
            folder / f"output-{name}", 1, Machine(**case["machine"]),
            {path.name: path for path in sorted((folder / "corpora").iterdir())},
            folder / "teacher" if recipe.distills else None,
            evaluation_corpora={path.name: path for path in sorted(folder.glob("elsewhere/*"))},
            calibration={name: folder / "corpora" / name for name in recipe.shields},
        )  # fmt: skip
        pretrain(job, hook)
    except LingraftError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except BaseException:
        traceback.print_exc()
        return 70
    return 0


def _tune(case: Mapping[str, Any], hook: Callable[[str], None] | None) -> None:
    from lingraft.encoders.job import TuningJob
    from lingraft.encoders.settings import TunedEncoder
    from lingraft.encoders.stage import tune
    from lingraft.training.job import Machine

    folder, name = Path(case["folder"]), case["name"]
    sets = {path.name: path for path in sorted((folder / "sets").iterdir())}
    tune(
        TuningJob(
            TunedEncoder(**case["recipe"]), folder / "model", folder / "model", sets,
            folder / f"state-{name}", folder / f"output-{name}", 1,
            machine=Machine(**case["machine"]),
        ),
        hook,
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _fork(case: Mapping[str, Any]) -> list[int]:
    port = _free_port()
    pids = []
    for rank in range(case["processes"]):
        pid = os.fork()
        if pid == 0:
            os._exit(_train(case, rank, port))
        pids.append(pid)
    return pids


def zygote() -> None:
    """Import, then fork on demand."""
    from lingraft.program import go_offline, prepare_process, use_threads

    prepare_process()
    go_offline()
    use_threads(1)
    from lingraft.training.world import prepare_deepspeed

    prepare_deepspeed(use_gpu=False)
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"):
        del os.environ[name]
    import torch
    import transformers.models.bert.modeling_bert
    import transformers.models.gpt2.modeling_gpt2  # noqa: F401

    import lingraft.encoders.loop
    import lingraft.encoders.stage
    import lingraft.training.loop
    import lingraft.training.stage  # noqa: F401

    torch.set_num_threads(1)
    print("ready", flush=True)
    for line in sys.stdin:
        command, _, argument = line.partition(" ")
        content = json.loads(argument)
        if command == "start":
            print(json.dumps(_fork(content)), flush=True)
        else:
            codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in content]
            print(json.dumps(codes), flush=True)


if __name__ == "__main__":
    zygote()
