"""The ways to make word vectors, one class in one file each: settings, and `make`.

- `trainer`: what they all have; `corpus_vectors`: what those have that learn from a corpus.
- `contextual_vectors`: what those have that a language model teaches: `x2static` (it predicts the
  words of sentences), `aggregated` (means over contexts), `decontextualized` (words read alone).
- `compass`: the context vectors of several corpora; `cade`: the words of one of them in its space.
- `fasttext`: trained with fastText on a corpus.
- `learned_vectors`: what those have whose mathematics is ours, and the development set of epochs.
- `glove`: fitted to how often words meet; `ppmi_svd`: a factorization of it.
- `context_vectors`: what those share that are trained on windows, which are `order`,
  `positional_cbow`, `character_enhanced` and `disambiguated_skip_gram` (several senses a word).
- `pretrained`: read from a downloaded file.
- `refined`: vectors that were made already, refined.

To add a trainer, write one file with a class that derives from `Trainer`. How the configuration,
the key reference and the programs find it, and why the file must not import anything heavy at its
top, is said in `lingraft.config.registry`.
"""

from typing import TYPE_CHECKING, Any

from lingraft.config.registry import declared, one_of
from lingraft.vectors.trainers.trainer import Trainer

TRAINERS = declared(__name__, Trainer, "trainer")


def _unsaid(block: dict[str, Any]) -> str:
    """The trainer of a block that does not name it: one with a source reads its file."""
    return "pretrained" if "source" in block else "fasttext"


if TYPE_CHECKING:
    AnyTrainer = Trainer
else:
    AnyTrainer = one_of(TRAINERS, "trainer", _unsaid)
