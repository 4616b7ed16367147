import json

import pytest

from lingraft.arguments import LONGEST, pack, unpack
from lingraft.errors import ConfigError
from lingraft.program import read_settings


def test_short_texts_stay_readable() -> None:
    assert pack('{"a": 1}') == '{"a": 1}' == unpack('{"a": 1}')


def test_a_thousand_languages_fit_into_an_argument() -> None:
    languages = {f"l{n}_Latn": {"texts": [{"source": f"s{n}"}], "name": "ü"} for n in range(4000)}
    text = json.dumps(languages, ensure_ascii=False)
    assert len(text.encode()) > LONGEST > len(pack(text))
    assert unpack(pack(text)) == text
    assert read_settings(pack(text)) == languages


@pytest.mark.parametrize("damaged", ["packed:", "packed:???", "packed:AAAA"])
def test_damage_is_one_line(damaged: str) -> None:
    with pytest.raises(ConfigError, match="packed settings are damaged"):
        unpack(damaged)


def test_what_is_cut_off_is_damaged() -> None:
    packed = pack("x" * (LONGEST + 1))
    with pytest.raises(ConfigError, match="damaged"):
        unpack(packed[: len("packed:") + 8])
