"""Without the packages of its tables a normalizer is one line, and nothing is left behind."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lingraft.corpus.normalizers import NORMALIZERS
from lingraft.errors import ConfigError

WITH_PACKAGE = [name for name, kind in NORMALIZERS.items() if kind.package]


@pytest.fixture(params=WITH_PACKAGE)
def missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = NORMALIZERS[request.param].package.replace("-", "_")
    monkeypatch.setitem(sys.modules, module, None)
    return request.param


def test_no_corpus_is_begun(missing: str, tmp_path: Path, make_corpus: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError) as told:
        make_corpus(
            {"1": "यह एक वाक्य है"}, name="hindi", language="hin_Deva", normalizer={"name": missing}
        )
    package = NORMALIZERS[missing].package
    message = str(told.value)
    assert f"the normalizer {missing} needs the package {package} (pip install" in message
    assert "lingraft[normalizers]" in message and "\n" not in message
    assert not list(tmp_path.glob("corpora/*")) and not list(tmp_path.glob("corpora/.*"))
