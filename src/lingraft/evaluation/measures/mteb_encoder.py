"""A local model as mteb wants it, under a name and revision that no other model shares.

mteb files the scores of every local model under one placeholder name and revision, and then hands
the first model's scores to the second (only-missing). The revision here is the digest of weights,
tokenizer and way of embedding, so a cached score belongs to exactly one question.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mteb.models import ModelMeta
from mteb.models.abs_encoder import AbsEncoder
from mteb.models.model_meta import ScoringFunction

from lingraft.artifacts import fingerprint
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.numeric.arrays import Float32

Embed = Callable[[Sequence[str], Embedding], Float32]

LOCAL = "lingraft/"  # first part of the dataset's name in tasks over local data


class LocalEncoder(AbsEncoder):  # type: ignore[misc]
    """Encodes through our `Embedder`, whose vectors the other tasks share.

    Args:
        embed: vectors of texts by the evaluated model.
        how: layer, pooling, treatment of special tokens.
        digests: what identifies the model; they make the revision.
        others: vectors by another model for certain languages: the source model for the pivot's.
    """

    def __init__(
        self,
        embed: Embed,
        how: Embedding,
        digests: Mapping[str, str],
        others: Mapping[str, Embed] | None = None,
    ) -> None:
        self._embed = embed
        self._how = how
        self._others = others or {}
        # `how` may be a whole task, a subclass of Embedding. Only the fields of Embedding decide
        # about the vectors, so only they are part of the revision.
        fields = set(Embedding.model_fields)
        self.revision = fingerprint([digests, how.model_dump(include=fields), sorted(self._others)])
        self.mteb_model_meta = ModelMeta.create_empty(
            {
                "name": f"lingraft/{digests['weights'][:12]}",
                "revision": self.revision,
                "similarity_fn_name": ScoringFunction.COSINE,
            }
        )

    def encode(self, inputs: Any, *, task_metadata: Any, hf_subset: str, **_unused: Any) -> Float32:
        """Embed mteb's batches of texts.

        Args:
            inputs: batches with the key `text`.
            task_metadata: of the task that asks.
            hf_subset: the language of the texts, where the task is our local bitext task.
        """
        texts = [text for batch in inputs for text in batch["text"]]
        embed = self._embed
        if is_local(task_metadata):
            embed = self._others.get(hf_subset, embed)
        return embed(texts, self._how)


def is_local(task_metadata: Any) -> bool:
    """Whether a task is one of ours over local data, not one of mteb's catalogue."""
    return str(task_metadata.dataset["path"]).startswith(LOCAL)
