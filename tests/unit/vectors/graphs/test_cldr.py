import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lingraft.errors import InputError


def test_names_and_their_keywords_are_edges(tmp_path: Path, read: Callable[..., set]) -> None:
    folder = tmp_path / "annotations" / "sw"
    folder.mkdir(parents=True)
    symbols = {"x": {"tts": ["mbwa"], "default": ["mnyama", "mbwa"]}, "y": {"default": ["a"]}}
    content = {"annotations": {"annotations": symbols}}
    (folder / "annotations.json").write_text(json.dumps(content))
    expected = {("mbwa", "mnyama", "keyword"), ("mbwa", "mbwa", "keyword")}
    assert read(format="cldr-annotations", locale="sw") == expected
    with pytest.raises(InputError, match="no CLDR annotations of locale 'xx'"):
        read(format="cldr-annotations", locale="xx")
