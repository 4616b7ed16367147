"""Evidence that is written otherwise than the vocabulary is refused."""

from pathlib import Path

import pytest
from tests.shifted_normalizer import declare

from lingraft.artifacts import new_artifact, open_artifact
from lingraft.corpus.normalizing import mark_of
from lingraft.errors import InputError
from lingraft.initialization.evidence.alike import require_evidence_alike


def test_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = mark_of(declare(monkeypatch))

    def made(kind: str, **facts: object):  # type: ignore[no-untyped-def]
        folder = tmp_path / f"{kind}-{len(list(tmp_path.iterdir()))}"
        with new_artifact(folder, kind, facts=facts) as out:
            (out / "file").write_text("")
        return open_artifact(folder)

    shifted = made("corpus", language="hin_Deva", normalizer=mark)
    english = made("corpus", language="eng_Latn")
    vectors, others = made("vectors", normalizer=mark), made("vectors")
    alike = {"corpora-0": shifted, "corpora-1": english, "target_vectors-0": vectors}
    require_evidence_alike(mark, "tokenizer", alike | {"source_vectors": others})
    with pytest.raises(InputError, match=r"\(hin_Deva\) has the normalizer shifted"):
        require_evidence_alike({}, "tokenizer", {"corpora-0": shifted})
    with pytest.raises(InputError, match=r"the vectors .* have words with the normalizer none"):
        require_evidence_alike(mark, "tokenizer", {"target_vectors-0": others})
