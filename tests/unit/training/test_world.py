"""How a training becomes one of several processes, or alone."""

import sys
from types import SimpleNamespace

import pytest

from lingraft.launch.forking import settled
from lingraft.launch.forking.settled import UnlikeError
from lingraft.training.world import prepare_deepspeed

READ = ("DS_ACCELERATOR", "TORCH_EXTENSIONS_DIR")


@pytest.fixture(autouse=True)
def without_deepspeed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its import, and with an environment that is put back."""
    logger = SimpleNamespace(setLevel=lambda level: None)
    library = SimpleNamespace(utils=SimpleNamespace(logger=logger), ops=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "deepspeed", library)
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", *READ):
        monkeypatch.setenv(name, "0")
    monkeypatch.setattr(settled, "_settled", {})
    monkeypatch.setattr(settled, "_imported_with", None)


def test_a_process_that_imports_it_for_others_knows_what_it_reads() -> None:
    prepare_deepspeed(use_gpu=False)
    assert settled.settled() == {"DS_ACCELERATOR": "cpu", "TORCH_EXTENSIONS_DIR": "0"}


def test_an_import_for_another_device_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled, "_imported_with", {"DS_ACCELERATOR": "cuda"})
    with pytest.raises(UnlikeError):
        prepare_deepspeed(use_gpu=False)
