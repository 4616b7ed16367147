"""Which files of a dataset are read: those of its download alone, whatever its card says."""

import csv
import io
from pathlib import Path

import pytest

from lingraft.artifacts import new_artifact
from lingraft.corpus.formats.dataset import DatasetText
from lingraft.errors import InputError


def _csv(*texts: str) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows([["text"], *([text] for text in texts)])
    return stream.getvalue()


def _card(data_files: str, more: str = "") -> str:
    head = "license: mit\nlanguage:\n- no\ndataset_info: {0: x}\n"
    return f"---\n{head}configs:\n- config_name: default\n  data_files: {data_files}\n{more}\n---\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "download" / "files"


def _write(folder: Path, files: dict[str, str]) -> None:
    with new_artifact(folder.parent, "download") as staging:
        for name, content in files.items():
            (staging / "files" / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / "files" / name).write_text(content)


def _texts(folder: Path, **settings: object) -> list[str]:
    block = DatasetText(source="s", format="dataset", **settings)
    return [document.text for document in block.documents(folder)]


@pytest.mark.parametrize(
    ("names", "split", "chosen"),
    [
        ({"a.csv": "a", "b.csv": "b"}, "train", "ab"),
        ({"train.csv": "a", "test.csv": "b", "valid-0.csv": "c"}, "test", "b"),
        ({"train.csv": "a", "dev.csv": "b"}, "validation", "b"),
        ({"data/train/1.csv": "a", "data/train/2.csv": "b", "data/eval/1.csv": "c"}, "train", "ab"),
        ({"train/test.csv": "a", "test/train.csv": "b"}, "train", "a"),
        (
            {
                "data/train-00000-of-00002.csv": "a",
                "data/train-00001-of-00002.csv": "b",
                "data/own-00000-of-00001-x.csv": "c",
            },
            "own",
            "c",
        ),
        ({"a.csv": "a", "notes.txt": "n", ".hidden.csv": "h", "__x__/b.csv": "x"}, "train", "a"),
        ({"training_set.csv": "a", "restrain.csv": "b"}, "train", "a"),
    ],
)
def test_splits_are_known_by_their_names(
    folder: Path, names: dict[str, str], split: str, chosen: str
) -> None:
    _write(folder, {name: _csv(text) for name, text in names.items()})
    assert _texts(folder, split=split) == list(chosen)


def test_a_card_chooses_among_the_files(folder: Path) -> None:
    more = (
        "- config_name: two\n  data_files:\n  - {split: train, path: [x/*.csv]}\n"
        "  - {split: test, path: b.csv}\n- config_name: three\n  data_dir: x\nother: {a: b}\n"
    )
    files = {"a.csv": "a", "b.csv": "b", "x/train.csv": "c", "x/test.csv": "d"}
    content = {name: _csv(text) for name, text in files.items()}
    _write(folder, {**content, "README.md": _card("'*.csv'", more)})
    assert _texts(folder) == ["a", "b"]
    assert _texts(folder, configuration="two") == ["d", "c"]
    assert _texts(folder, configuration="two", split="test") == ["b"]
    assert _texts(folder, configuration="three") == ["c"]
    with pytest.raises(InputError, match=r"no configuration 'four'; set .* default, two, three"):
        _texts(folder, configuration="four")
    with pytest.raises(InputError, match="no split 'validation'; it has train, test"):
        _texts(folder, configuration="two", split="validation")


@pytest.mark.parametrize(
    "pattern",
    [
        *("{tmp}/private.txt", "../../private.txt", "x/../../../private.txt", "~/private.txt"),
        *("http://127.0.0.1:9/x.txt", "hf://datasets/a/b/x.txt", "file:{tmp}/private.txt"),
        *("zip://x.txt::http://127.0.0.1:9/x.zip", "[{tmp}/private.txt, a.csv]", "{tmp}/*"),
        *("C:\\private.txt", "[{{split: train, path: {tmp}/private.txt}}]"),
    ],
)
def test_a_card_that_names_other_files_is_refused(
    folder: Path, tmp_path: Path, pattern: str
) -> None:
    (tmp_path / "private.txt").write_text("PRIVATE\n" * 9)
    _write(folder, {"a.csv": _csv("a"), "README.md": _card(pattern.format(tmp=tmp_path))})
    with pytest.raises(InputError, match=r"README\.md of source s names data files outside"):
        _texts(folder)
    assert _texts(folder, files="*.csv") == ["a"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("  data_dir: ../..", "outside of the download"),
        ("  sep: ';'", "wants its files read with sep"),
        ("- config_name: x\n  config_name: y", "given twice"),
        ("  data_files: {a: [1]}", "given twice|paths"),
        ("- 5", "must be a list of mappings"),
        ("- &a [*a, *a]", "is not valid YAML|a list of mappings"),
    ],
)
def test_a_card_that_cannot_be_followed_is_one_line(folder: Path, more: str, problem: str) -> None:
    _write(folder, {"a.csv": _csv("a"), "README.md": _card("a.csv", more)})
    with pytest.raises(InputError, match=problem):
        _texts(folder)


def test_code_links_and_files_behind_the_manifest_are_not_looked_at(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "private.csv").write_text(_csv("PRIVATE"))
    code = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    _write(folder, {"a.csv": _csv("a"), "files.py": code, "s.py": code, "README.md": "no head"})
    (folder / "late.csv").write_text(_csv("LATE"))
    (folder / "link.csv").symlink_to(tmp_path / "private.csv")
    assert _texts(folder) == ["a"]
    assert _texts(folder, files="*.csv") == ["a"]
    assert not (tmp_path / "ran").exists()


def test_a_dataset_without_tables_is_named(folder: Path) -> None:
    _write(folder, {"a.pkl": "x", "b.tar": "x"})
    with pytest.raises(InputError, match="it has no Parquet, JSON, CSV, Arrow or text"):
        _texts(folder)
    with pytest.raises(InputError, match="no configuration 'x', and no other"):
        _texts(folder, configuration="x")
