"""JSON is read at once where YAML would read the same, and by YAML elsewhere."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lingraft.config.json_files import parse_json
from lingraft.config.yaml_files import parse_yaml
from lingraft.errors import ConfigError

LIMITS = {"largest": 2**63, "deepest": 49, "most_values": 300_000}
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(),
    st.sampled_from(["no", "<<", "2026-01-01", "1:30", "010", "~", "1e5", "\u2028", "\x85"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=12,
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.dictionaries(st.text(), VALUES), st.booleans(), st.sampled_from([None, 1]))
@example({"a": 1e-05, "b": 1.5e22, "c": 0.1, "d": -0.0}, True, None)
@example({"a": float("nan"), "b": float("inf")}, True, None)
def test_it_means_what_yaml_reads(content: object, is_ascii: bool, indent: int | None) -> None:
    text = json.dumps(content, ensure_ascii=is_ascii, indent=indent)
    found = parse_json(text, **LIMITS)
    if found is not None:
        assert repr(found) == repr(parse_yaml(f"# a comment, which JSON has not\n{text}", "c"))


def test_an_ordinary_configuration_is_read_at_once() -> None:
    text = json.dumps({"runs": {"gaelic": {"seeds": [1, 2], "rate": 0.1, "text": "caf\u00e9"}}})
    assert parse_json(text, **LIMITS) == parse_yaml(text, "c") == json.loads(text)


@pytest.mark.parametrize("text", [
    '{"a": 1, "a": 2}', '{"a": 1e5}', '{"a": NaN}', '{"a": 9223372036854775808}', '{"a": 1',
    '{"a": "\\u0000"}', '{"a": "\\ud800"}', "a: 1", "{a: 1}", '{"a": 1.0e+30}',
    '{"a": ' + "[" * 60 + "]" * 60 + "}", '{"a": ' + "[" * 300_000,
])  # fmt: skip
def test_what_yaml_might_refuse_is_left_to_it(text: str) -> None:
    assert parse_json(text, **LIMITS) is None


def test_there_are_not_too_many_values() -> None:
    assert parse_json('{"a": [1, 2]}', largest=9, deepest=9, most_values=5) is not None
    assert parse_json('{"a": [1, 2]}', largest=9, deepest=9, most_values=4) is None


def test_a_mistake_has_the_message_of_yaml() -> None:
    with pytest.raises(ConfigError, match="key 'a' is given twice"):
        parse_yaml('{"a": 1, "a": 2}', "c")
