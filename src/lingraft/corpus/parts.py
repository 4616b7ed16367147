"""Writes the documents of a corpus into the files of their parts, and counts them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lingraft.corpus.collecting import Candidate
from lingraft.corpus.documents import Document, JsonLinesWriter, Pair, open_json_lines
from lingraft.corpus.scripts import LetterCounts
from lingraft.corpus.splitting import Part, hash_of
from lingraft.corpus.statistics import PairStatistics, TextStatistics
from lingraft.errors import InputError

_COUNTED = (Part.TRAIN, Part.VALID, Part.LEFT_OUT)


class PartWriter:
    """Writes each document where its part belongs and counts what is written."""

    def __init__(self, folder: Path, language: str, repeated: set[str], has_pivot: bool) -> None:
        """Prepare to write.

        Args:
            folder: existing folder for the files.
            language: as in swh_Latn, for the count of words.
            repeated: ids of documents whose text a later one repeats.
            has_pivot: whether there is parallel text.
        """
        self._folder = folder
        self._has_pivot = has_pivot
        self._repeated = repeated
        self._parts: dict[str, Part] = {}  # of documents that later ones repeat
        self._pairs: set[int] = set()
        self._texts = {part: TextStatistics(language) for part in _COUNTED}
        self._pair_counts = PairStatistics()
        self._dropped = 0
        self.letters = LetterCounts()  # of training and held-out text

    def write(self, candidates: Iterator[tuple[Candidate, Part]]) -> None:
        with ExitStack() as stack:
            files = {
                name: stack.enter_context(open_json_lines(self._folder / f"{name}.jsonl.zst"))
                # A list times a truth value: "parallel" is there only with a pivot.
                for name in ("train", "valid", "partition", *["parallel"] * self._has_pivot)
            }
            for candidate, part in candidates:
                if candidate.same is None:
                    self._write_document(candidate, part, files)
                else:
                    first = {"part": self._parts[candidate.same], "same": candidate.same}
                    files["partition"].write({"id": candidate.id, **first})
                if candidate.pivot is not None and part is Part.TRAIN:
                    self._write_pair(candidate, candidate.pivot, files["parallel"])

    def _write_document(
        self, candidate: Candidate, part: Part, files: Mapping[str, JsonLinesWriter]
    ) -> None:
        if candidate.id in self._repeated:
            self._parts[candidate.id] = part
        files["partition"].write({"id": candidate.id, "part": part})
        if part is Part.DROPPED:
            self._dropped += 1
            return
        self._texts[part].add(candidate.text)
        if part is not Part.LEFT_OUT:
            self.letters.add(candidate.original)
            files[part].write(Document(candidate.id, candidate.text, candidate.metadata))

    def _write_pair(self, candidate: Candidate, source: str, file: JsonLinesWriter) -> None:
        key = hash_of(f"{source}\0{candidate.text}")
        if key not in self._pairs:
            self._pairs.add(key)
            self._pair_counts.add(source, candidate.text)
            file.write(Pair(candidate.id, source, candidate.text))

    def check(self, name: str) -> None:
        """Check what was written.

        Raises:
            InputError: there is nothing to train on, or nothing to evaluate with.
        """
        if not self._texts[Part.VALID].documents:
            raise InputError(
                f"corpus {name} has no held-out text: of {self._texts[Part.TRAIN].documents} "
                "documents none was held out; raise held_out.fraction or give it more text"
            )
        if not self._texts[Part.TRAIN].documents:
            raise InputError(f"corpus {name} has no training text; lower held_out.fraction")

    def statistics(self) -> dict[str, Any]:
        """Sizes of the parts, and what repeats held-out text and was dropped for it."""
        sizes = {part.value: asdict(counts) for part, counts in self._texts.items()}
        left_out = sizes.pop(Part.LEFT_OUT)
        statistics: dict[str, Any] = {
            "splits": sizes,
            "dropped_near_held_out": self._dropped,
        }
        if left_out["documents"]:
            statistics["left_out"] = left_out
        if self._has_pivot:
            statistics["parallel"] = asdict(self._pair_counts)
        return statistics
