"""Small artifacts for the tests of this folder."""

from pathlib import Path

from lingraft.artifacts import new_artifact


def make(folder: Path, kind: str = "corpus", **files: str) -> Path:
    """An artifact with these files."""
    with new_artifact(folder, kind, settings={"a": 1}) as staging:
        for name, text in files.items():
            (staging / name).write_text(text, "utf-8")
    return folder
