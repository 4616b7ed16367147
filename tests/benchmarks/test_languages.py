"""The benchmark of small languages: each has a code of its own, or figures are wrong."""

import pytest
from benchmarks.languages import _MOST, _code, main

from lingraft.errors import ConfigError


def test_each_language_has_a_code_of_its_own() -> None:
    assert len({"eng", *map(_code, range(_MOST))}) == _MOST + 1


@pytest.mark.parametrize("languages", [0, _MOST + 1])
def test_more_than_there_are_codes_is_refused(languages: int) -> None:
    with pytest.raises(ConfigError, match=f"--languages {languages} must be from 1 to 676"):
        main(languages)
