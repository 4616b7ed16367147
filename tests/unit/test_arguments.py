import json
from pathlib import Path

import pytest

from lingraft.arguments import (
    LONGEST,
    command_words,
    join_named,
    join_paths,
    named_folders,
    pack,
    split_paths,
    unpack,
)
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


def test_lists_of_folders() -> None:
    assert named_folders("a=x/y,b=z") == {"a": Path("x/y"), "b": Path("z")}
    assert split_paths("x,y/z") == [Path("x"), Path("y/z")]
    assert named_folders("") == {} and split_paths("") == []
    with pytest.raises(ConfigError, match="name=folder"):
        named_folders("x/y")


def test_lists_are_written_as_they_are_read() -> None:
    folders = {"swahili": Path("results/a"), "english": Path("results/b c")}
    assert named_folders(join_named(folders)) == folders
    assert split_paths(join_paths(folders.values())) == list(folders.values())


def test_arguments_are_words_of_a_shell() -> None:
    words = command_words({"source_model": Path("a b"), "seed": 1, "compile": True, "limit": 0.5})
    assert words == "--source-model 'a b' --seed 1 --compile true --limit 0.5"
