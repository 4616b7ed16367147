"""Signals are requests to save and stop, until the process has ended."""

import os
import signal
from collections.abc import Iterator

import pytest

from lingraft.errors import DivergedError, PreemptedError
from lingraft.training.interruption import Interruption

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_signals_are_requests(number: signal.Signals) -> None:
    interruption = Interruption()
    with interruption.listening():
        assert not interruption.due()
        os.kill(os.getpid(), number)
        assert interruption.due()
    assert interruption.reason == f"{number.name} was received"


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ignored_at_the_start_stays_ignored(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_IGN)
    interruption = Interruption()
    with interruption.listening():
        os.kill(os.getpid(), number)
        assert not interruption.due()
    assert signal.getsignal(number) is signal.SIG_IGN


def test_a_budget_of_time() -> None:
    assert Interruption(1e-9).due()
    assert not Interruption(60.0).due()
    assert not Interruption(0.0).due()  # no limit


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(DivergedError), Interruption().listening():
        raise DivergedError("too high")
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_process_that_has_saved_ends_in_peace() -> None:
    """torchrun terminates it when the process beside it is gone; it may be requeueing its job."""
    interruption = Interruption()
    with pytest.raises(PreemptedError), interruption.listening():
        raise PreemptedError("all is saved")
    os.kill(os.getpid(), signal.SIGTERM)
    assert interruption.reason == "SIGTERM was received"
