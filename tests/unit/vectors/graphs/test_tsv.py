from collections.abc import Callable
from pathlib import Path

import pytest

from lingraft.errors import InputError


def test_weight_and_relation_may_be_missing(tmp_path: Path, read: Callable[..., set]) -> None:
    text = "\ufeffcat\tanimal\n\nhot dog\tfood\t0.5\ncat\tdog\t\tanimal\r\n"
    (tmp_path / "g.tsv").write_text(text, encoding="utf-8")
    expected = {("cat", "animal", ""), ("hot dog", "food", ""), ("cat", "dog", "animal")}
    assert read(format="tsv", path="g.tsv") == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\tb\nc\n", "line 2 is not an edge: two words"),
        (b"a\t\n", "line 1 is not an edge"),
        (b"a\tb\tmuch\n", "line 1: the weight 'much' is not a number"),
        (b"a\tb\tnan\n", "line 1: the weight is nan; it must be positive and finite"),
        (b"a\tb\t-1\n", "line 1: the weight is -1.0"),
        (b"a\t\xff\n", "line 1 is not valid UTF-8"),
        (b"a\t" + b"b" * (1 << 20), "line 1 has more than 1048576 bytes"),
    ],
)
def test_damage_is_one_line(
    tmp_path: Path, read: Callable[..., set], content: bytes, message: str
) -> None:
    (tmp_path / "g.tsv").write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read(format="tsv", path="g.tsv")
    assert "\n" not in str(error.value)


def test_missing_file_is_one_line(read: Callable[..., set]) -> None:
    with pytest.raises(InputError, match=r"graph .*g\.tsv does not exist"):
        read(format="tsv", path="g.tsv")
