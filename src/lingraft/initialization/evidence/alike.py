"""Evidence is written as the text of the target tokenizer, or it is refused."""

from collections.abc import Mapping
from typing import Any

from lingraft.artifacts import Artifact, CorpusFacts, Facts, VectorsFacts
from lingraft.corpus.normalizing import NormalizerMark, described, require_same_text
from lingraft.errors import InputError


def require_evidence_alike(
    mark: NormalizerMark, place: str, evidence: Mapping[str, Artifact[Facts]]
) -> None:
    """Refuse corpora and vectors of the target that are written otherwise than the vocabulary.

    Args:
        mark: of the target tokenizer.
        place: where it is.
        evidence: what is an artifact among the evidence, by the names of `Evidence`, those of
            several with a number.

    Raises:
        InputError: a corpus or vectors have another normalizer.
    """
    for name, artifact in evidence.items():
        facts: Any = artifact.facts
        if isinstance(facts, CorpusFacts):
            folder = str(artifact.folder)
            require_same_text(facts.normalizer, folder, mark, place, facts.written_in)
        is_of_target = name.startswith(("target_vectors", "multilingual_vectors"))
        if isinstance(facts, VectorsFacts) and is_of_target and facts.normalizer != mark:
            raise InputError(
                f"the vectors {artifact.folder} have words with the normalizer "
                f"{described(facts.normalizer)}, and {place} has tokens with {described(mark)}: "
                "train vectors on the corpora of the tokenizer, or take a method without vectors"
            )
