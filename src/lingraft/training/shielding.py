"""Source-Shielded Updates: columns that the source's language needs most stay as they are.

Yamaguchi et al., ACL 2026, arXiv 2512.04844. A column of a matrix is what it does with one number
of its input. It is scored by Wanda's measure (Sun et al. 2024), summed over its weights: |weight|
times the norm of that number over text in the source's language. The highest columns get no
gradient and no weight decay, and neither do the rows of special tokens.

Shapes: O outputs, I inputs of a matrix; V rows of the vocabulary; L tokens of a row.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from lingraft.artifacts import atomic_path, fingerprint
from lingraft.config.pretraining import Pretraining
from lingraft.config.training_stages import FilledStage, Shield
from lingraft.corpus.records import digest_records, draw, stream_texts
from lingraft.errors import ConfigError, InputError
from lingraft.models.heads import embedding_parameters, hidden_states
from lingraft.models.loading import load_model
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.templates import fixed_tokens
from lingraft.training.checkpoint import digest
from lingraft.training.selection import select, tables_by_token

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shielding:
    """The text by which columns are scored.

    Attributes:
        model: folder of the model as the training begins.
        corpora: folders by name.
        identity: digests of their training parts, for the identity of the training.
    """

    model: Path
    corpora: Mapping[str, Path] = field(default_factory=dict)
    identity: Mapping[str, str] = field(default_factory=dict)

    def of_stage(self, stage: FilledStage, folder: Path) -> "StageShield | None":
        """The shield of a stage; None if it has none.

        Args:
            stage: the stage.
            folder: the state of the training, where the scores are kept.
        """
        if (shield := stage.shield) is None:
            return None
        text = self.identity[shield.corpus]
        what = fingerprint([text, shield.documents, stage.sequence_length])
        path = folder / f"shield-{what[:12]}.safetensors"
        return StageShield(self.model, self.corpora[shield.corpus], shield, stage, path)


@dataclass(frozen=True)
class StageShield:
    """What one stage holds, by scores that are kept in the state of the training.

    Attributes:
        model: folder of the model as the training begins.
        corpus: folder of the text.
        settings: how much of it is read, and which share is held.
        stage: what is trained.
        scores: the file; stages that differ in the share alone have the same.
    """

    model: Path
    corpus: Path
    settings: Shield
    stage: FilledStage
    scores: Path

    def score(self, device: torch.device, on_row: Callable[[], None]) -> None:
        """Score the columns of the model as the training begins, unless that was done before.

        Args:
            device: where the model reads the text.
            on_row: called after each document.

        Raises:
            InputError: the corpus has no text.
        """
        if self.scores.exists():
            return
        tokenizer = load_tokenizer(self.model)
        texts = sample(self.corpus, self.settings.documents)
        rows = [tokenizer(text)["input_ids"][: self.stage.sequence_length] for text in texts]
        rows = [row for row in rows if row]
        name = self.settings.corpus
        if not rows:
            raise InputError(f"shield: corpus {name} has no training text; name another one")
        logger.info("shield: scoring columns on %d documents of %s", len(rows), name)
        model: Any = load_model(self.model)
        write_scores(column_scores(model.to(device), rows, on_row), self.scores)

    def held(self, model: Any) -> dict[str, Tensor]:
        """What the stage leaves as it is: name of a parameter -> True where it is held.

        Args:
            model: as it is trained, with all that its training adds.

        Raises:
            InputError: the scores are damaged.
            ConfigError: no column is held.
        """
        trained = select(model, self.stage)
        matrices = _matrices(model)
        found, columns = {}, 0
        for name, scores_I in read_scores(self.scores).items():
            if name in trained and name in matrices:
                held_I = highest(scores_I, self.settings.share)
                columns += int(held_I.sum())
                found[name] = held_I[:, None] if isinstance(matrices[name], Conv1D) else held_I
        if not columns:
            raise ConfigError(
                f"shield: no column is held; this {model.config.model_type} model has no linear "
                "layers that the stage trains, or share is too small"
            )
        ids = torch.tensor(list(fixed_tokens(load_tokenizer(self.model)).values()))
        logger.info(
            "shield: %d columns of %d matrices stay as they are, and the rows of %d tokens",
            columns, len(found), len(ids),
        )  # fmt: skip
        for name, table in tables_by_token(model).items():
            if name in trained:
                held_V = torch.zeros(len(table), dtype=torch.bool)
                held_V[ids] = True
                found[name] = held_V.view(-1, *[1] * (table.dim() - 1))
        return found


def shielding_of(recipe: Pretraining, model: Path, corpora: Mapping[str, Path]) -> Shielding:
    """The text by which the stages of a recipe score columns.

    Args:
        recipe: the recipe.
        model: folder of the model that is trained.
        corpora: folders by name.

    Raises:
        ConfigError: a corpus is not given, or is not needed.
        InputError: its training documents are missing or damaged.
    """
    named = {stage.shield.corpus for stage in recipe.all_stages if stage.shield is not None}
    if missing := named - set(corpora):
        raise ConfigError(
            f"a shield reads the corpus {min(missing)}; give it by `calibration=NAME=DIR`"
        )
    if idle := set(corpora) - named:
        raise ConfigError(f"`calibration={min(idle)}` has no effect: no shield names that corpus")
    chosen = {name: corpora[name] for name in sorted(named)}
    digests = {name: digest_records(folder, "train") for name, folder in chosen.items()}
    return Shielding(model, chosen, digests)


def sample(folder: Path, count: int) -> list[str]:
    """Training texts of a corpus, chosen by the hash of their ids, so that all parts are seen.

    Args:
        folder: the corpus; it may be larger than memory.
        count: how many texts.
    """
    return [document.text for document in draw(stream_texts(folder, "train"), count)]


@torch.inference_mode()
def column_scores(
    model: Any, rows: Iterable[Sequence[int]], on_row: Callable[[], None] = lambda: None
) -> dict[str, Tensor]:
    """Wanda's measure summed over each column of the linear layers of a body: name -> (I,), fp64.

    Layers that these rows do not use have no score.

    Args:
        model: in evaluation mode.
        rows: token ids; each row is read alone, so padding has no say.
        on_row: called after each row.
    """
    matrices = _matrices(model)
    squares: dict[str, Tensor] = {}
    handles = [
        module.register_forward_pre_hook(partial(_add_squares, squares, name))
        for name, module in matrices.items()
    ]
    try:
        for row in rows:
            hidden_states(model, torch.tensor([list(row)], device=model.device))
            on_row()
    finally:
        for handle in handles:
            handle.remove()
    return {
        name: (sums_I.sqrt() * _weight_OI(matrices[name]).double().abs().sum(0)).cpu()
        for name, sums_I in squares.items()
    }


def _add_squares(squares: dict[str, Tensor], name: str, _: Any, inputs: tuple[Tensor, ...]) -> None:
    sums_I = inputs[0].flatten(0, -2).double().square().sum(0)
    squares[name] = squares[name] + sums_I if name in squares else sums_I


def highest(scores_I: Tensor, share: float) -> Tensor:
    """The share of columns with the highest scores (I,); of equal ones the first."""
    order_I = torch.argsort(scores_I, descending=True, stable=True)
    held_I = torch.zeros(len(scores_I), dtype=torch.bool)
    held_I[order_I[: int(share * len(scores_I))]] = True
    return held_I


def write_scores(scores: Mapping[str, Tensor], path: Path) -> None:
    """Write scores with their digest; the name is there when the file is whole."""
    with atomic_path(path) as temporary:
        save_file(dict(scores), temporary, {"sha256": digest(sorted(scores.items()))})


def read_scores(path: Path) -> dict[str, Tensor]:
    """Read what `write_scores` wrote.

    Raises:
        InputError: it is damaged.
    """
    try:
        with safe_open(path, "pt") as stream:
            said = (stream.metadata() or {}).get("sha256")
            found = {name: stream.get_tensor(name) for name in sorted(stream.keys())}
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path} cannot be read ({error}); delete it to score again") from None
    if digest(found.items()) != said:
        raise InputError(f"{path} is damaged (its digest differs); delete it to score again")
    return found


def _matrices(model: Any) -> dict[str, nn.Module]:
    """The linear layers of a model's body by the names of their matrices."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    apart = embedding_parameters(model)
    found = [module for module in _linear(model) if id(module.weight) not in apart]
    return {names[id(module.weight)]: module for module in found}


def _linear(model: Any) -> Iterator[Any]:
    for module in model.base_model.modules():
        if isinstance(module, nn.Linear | Conv1D):
            yield module


def _weight_OI(module: Any) -> Tensor:
    weight: Tensor = module.weight
    return weight.T if isinstance(module, Conv1D) else weight
