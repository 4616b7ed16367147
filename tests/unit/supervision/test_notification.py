from pathlib import Path

import pytest

from lingraft.supervision.notification import notify


@pytest.mark.parametrize(
    ("is_success", "text"),
    [
        (True, "lingraft demo: finished\nsuccess demo\n"),
        (False, "lingraft demo: something failed, see: make status\nfailure demo\n"),
    ],
)
def test_the_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_success: bool, text: str
) -> None:
    told = tmp_path / "told"
    command = f'cat > {told}; echo "$LINGRAFT_OUTCOME $LINGRAFT_EXPERIMENT" >> {told}'
    monkeypatch.setenv("LINGRAFT_NOTIFY", command)
    assert notify("demo", is_success=is_success)
    assert told.read_text() == text


def test_no_command_and_a_failing_one_harm_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINGRAFT_NOTIFY", raising=False)
    assert not notify("demo", is_success=True)
    monkeypatch.setenv("LINGRAFT_NOTIFY", "exit 3")
    assert not notify("demo", is_success=True)
