"""DefSent+: a definition's vector finds its entry among all entries of the dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from lingraft.encoders.loss import Material, Prepared
from lingraft.encoders.losses.defsent import DefinitionLoss

if TYPE_CHECKING:
    from torch import Tensor, nn


class DefSentPlus(DefinitionLoss):
    """Cross-entropy of a definition among the vectors of all entries, which are frozen.

    An entry's vector is the mean over its definitions of the vectors of the student as the stage
    begins. A further round is a further stage with `from_start: true`.
    """

    name: Literal["defsent-plus"]
    isotropy: Literal["none", "ica"] = "none"
    """`ica`: the entries' vectors are standardized, turned into independent components of variance
    1 (FastICA), and multiplied by 100."""
    pooler: bool = True
    """Vectors go through the dense layer of the language model's head and GELU before they are
    compared; the layer is trained and thrown away. A decoder's head has no such layer."""

    paper = (
        "Liu 2024, DefSent+: Improving Sentence Embeddings of Language Models by Projecting "
        "Definition Sentences into a Quasi-isotropic or Isotropic Vector Space of Unlimited "
        "Dictionary Entries"
    )

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """The vectors of the entries, V x E, the entry of each example, N, and the pooler's
        weights.

        Raises:
            ConfigError: the model has no layer that can be the pooler.
            InputError: a definition is empty, or there are too few entries.
        """
        import torch

        from lingraft.encoders.checks import check_texts
        from lingraft.encoders.entries import entry_vectors, independent
        from lingraft.encoders.text_numbers import text_numbers
        from lingraft.errors import InputError

        check_texts(material.examples)
        classes_N = text_numbers([example.texts[:1] for example in material.examples])[:, 0]
        if int(classes_N.max()) == 0:
            raise InputError("all definitions are of one entry; a softmax needs two or more")
        vectors_NE = material.embed([example.texts[1] for example in material.examples])
        entries_VE = entry_vectors(vectors_NE, classes_N.numpy())
        if self.isotropy == "ica":
            entries_VE = independent(entries_VE, material.seed)
        prepared = {"classes_N": classes_N, "entries_VE": torch.from_numpy(entries_VE)}
        return prepared | (self._pooler(material) if self.pooler else {})

    def _pooler(self, material: Material) -> dict[str, Tensor]:
        from lingraft.encoders.modules.prediction_head import (
            dense_layer,
            open_language_model,
            require_width,
        )

        require_width(material.student, "the pooler reads hidden states")
        weight, bias = dense_layer(open_language_model(material.start))
        return {"pooler_weight_EE": weight, "pooler_bias_E": bias}

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """The mean cross-entropy of a batch."""
        from lingraft.encoders.modules.entry_softmax import EntryLayer, EntrySoftmax

        pooler = None
        if self.pooler:
            pooler = prepared["pooler_weight_EE"], prepared["pooler_bias_E"]
        return EntrySoftmax(student, EntryLayer(prepared["entries_VE"], pooler))
