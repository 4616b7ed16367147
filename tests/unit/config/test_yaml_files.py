"""What may stand in a YAML file: all else is one line, at once, whatever it would unfold to."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.config.yaml_files import parse_yaml, read_yaml
from lingraft.errors import ConfigError
from lingraft.experiment.loading import load


def unfolding(opening: str, closing: str, levels: int = 9) -> str:
    """Each value names the one above it ten times."""
    lines = [f"x0: &x0 {opening}k0: v{closing}" if opening == "{" else "x0: &x0 [v, v]"]
    for level in range(1, levels):
        names = [f"*x{level - 1}"] * 10
        inside = ", ".join(
            f"k{number}: {name}" if opening == "{" else name for number, name in enumerate(names)
        )
        lines.append(f"x{level}: &x{level} {opening}{inside}{closing}")
    return "\n".join(lines)


HOSTILE = {
    "lists that unfold": (unfolding("[", "]"), "unfold"),
    "mappings that unfold": (unfolding("{", "}"), "unfold"),
    "merges that unfold": (
        "m0: &m0 {a: 1}\n"
        + "\n".join(f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 10)}]}}" for i in range(1, 9)),
        "unfold",
    ),
    "a list in itself": ("a: &a [*a]", "contains itself"),
    "a mapping in itself": ("&a\nb: *a", "contains itself"),
    "an alias of nothing": ("b: *a", "does not exist"),
    "deep lists": ("a: " + "[" * 300_000, "nest"),
    "deep mappings": ("a: " + "{a: " * 100_000, "nest"),
    "deep blocks": ("- " * 300_000 + "x", "nest"),
    "deep keys": ("? " * 300_000 + "x", "nest"),
    "a number of 5,000 digits": ("a: " + "9" * 5000, "64 bits"),
    "a hexadecimal number of 5,000 digits": ("a: 0x" + "f" * 5000, "64 bits"),
    "a float that is too large": ("a: 1.0e+30", "64 bits"),
    "an octal number": ("a: 010", "ambiguous"),
    "a number to base 60": ("a: 12:30:45", "ambiguous"),
    "an impossible date": ("a: 2026-02-30", "not a valid date"),
    "a tag of Python": ("a: !!python/object/apply:os.system ['true']", "tag"),
    "bytes": ("a: !!binary aGVsbG8=", "tag"),
    "a set": ("a: !!set {b, c}", "tag"),
    "an own tag": ("a: !mine b", "tag"),
    "a NUL": ('a: "b\\0c"', "not allowed"),
    "a key that is read as a truth value": ("no: x", "write it in quotes"),
    "a key that is read as nothing": ("~: x", "write it in quotes"),
    "a key that is read as a date": ("2026-01-01: x", "write it in quotes"),
    "a key that is a list": ("[a, b]: x", "write it in quotes"),
    "two documents": ("a: 1\n---\nb: 2", "not valid YAML"),
    "zero bytes": ("\0" * 10, "not valid YAML"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_at_once(name: str) -> None:
    text, reason = HOSTILE[name]
    started = time.process_time()
    with pytest.raises(ConfigError, match=reason) as caught:
        parse_yaml(text, "c.yaml")
    assert time.process_time() - started < 1
    message = str(caught.value)
    assert message.startswith("c.yaml is not valid YAML: ")
    assert "\n" not in message and len(message) < 400


def test_aliases_merges_and_ordinary_values_stay() -> None:
    text = "a: &a {x: 1, y: [.5, -3, 1e3, 1.0e-4, true, null, 2026-01-02, '010']}\nb: {<<: *a}"
    assert parse_yaml(text, "c") == yaml.safe_load(text)


leaves = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats() | st.text()
values = st.recursive(
    leaves,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.dictionaries(st.text(), values, max_size=3))
def test_what_is_written_as_yaml_is_read_back_or_refused_in_one_line(content: object) -> None:
    try:
        found = parse_yaml(yaml.safe_dump(content, allow_unicode=False, sort_keys=False), "c")
    except ConfigError as error:
        assert "\n" not in str(error)
    else:
        assert repr(found) == repr(content)


@pytest.fixture
def odd_files(tmp_path: Path) -> Iterator[dict[str, Path]]:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine.yaml").touch()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "wide.yaml").write_bytes("experiment: a\n".encode("utf-16"))
    (tmp_path / "latin.yaml").write_bytes("experiment: caf\xe9\n".encode("latin-1"))
    (tmp_path / "empty.yaml").touch()
    (tmp_path / "large.yaml").write_bytes(b"#" * (2 << 20))
    yield {path.stem: path for path in tmp_path.iterdir()} | {"none": tmp_path / "none.yaml"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("folder", "is a folder; name a configuration file, such as .*mine.yaml"),
        ("pipe", "is not a regular file"),
        ("wide", "is not UTF-8"),
        ("latin", "is not UTF-8"),
        ("empty", "must be a mapping"),
        ("large", "is it a configuration"),
        ("none", "does not exist"),
    ],
)
def test_what_is_not_a_configuration_file_is_one_line(
    odd_files: dict[str, Path], name: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load(odd_files[name])
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    assert read_yaml(tmp_path / "c.yaml") == {"a": 1}
