"""The pivot of a corpus: what another language says under the same ids, and where it was put."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lingraft.artifacts import CorpusFacts, open_artifact
from lingraft.corpus.documents import read_documents, read_json_lines
from lingraft.corpus.splitting import Part


@dataclass(frozen=True)
class Pivot:
    """Texts and parts of the pivot's messages by id; one that it dropped has a part but no text.

    What the pivot leaves out for its own sake is training text of the corpora that follow it.
    """

    texts: Mapping[str, str]
    parts: Mapping[str, Part]
    originals: Mapping[str, str] = field(default_factory=dict)
    """The texts that the pivot's own normalizer has written anew, as they were."""

    @classmethod
    def load(cls, folder: Path) -> "Pivot":
        """Read a corpus artifact as a pivot; repeated messages get the text they repeat."""
        corpus = open_artifact(folder, CorpusFacts)
        texts, originals = {}, {}
        for name in ("train", "valid"):
            for document in read_documents(corpus.file(f"{name}.jsonl.zst")):
                texts[document.id] = document.text
                if document.original != document.text:
                    originals[document.id] = document.original
        parts = {}
        for line in read_json_lines(corpus.file("partition.jsonl.zst")):
            part = Part(line["part"])
            parts[line["id"]] = Part.TRAIN if part is Part.LEFT_OUT else part
            if line.get("same") in texts:
                texts[line["id"]] = texts[line["same"]]
                if line["same"] in originals:
                    originals[line["id"]] = originals[line["same"]]
        return cls(texts, parts, originals)

    def original(self, identifier: str) -> str | None:
        """The pivot's text as people write it; None where it has none."""
        return self.originals.get(identifier, self.texts.get(identifier))

    @classmethod
    def none(cls) -> "Pivot":
        """A pivot that knows nothing."""
        return cls({}, {})
