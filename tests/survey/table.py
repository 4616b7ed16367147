"""Tries every architecture and writes the table of docs/models.md.

    python -m tests.survey.table            # all, some minutes
    python -m tests.survey.table roberta    # these rows only, on the screen

"Verified" means: a small random model was converted, initialized for a vocabulary with the same
tokens under other ids, written, read again by plain transformers, and its logits equal the
source's up to the permutation of ids.
"""

import logging
import re
import sys
import warnings
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import transformers
from tests.survey.configurations import (
    ARCHITECTURES,
    POSITIONS,
    UNTRIED,
    VOCABULARY,
    small_config,
)
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedConfig, PreTrainedTokenizerFast

from lingraft.artifacts import new_artifact
from lingraft.errors import InputError
from lingraft.initialization.methods.lexical import Lexical
from lingraft.initialization.stage import Transfer, transfer
from lingraft.models.heads import without_cache
from lingraft.models.objective import auto_class, objective_of
from lingraft.models.positions import most_positions
from lingraft.models.settings import Model
from lingraft.models.stage import convert_model

PAGE = Path(__file__).parents[2] / "docs" / "models.md"
ROLES = {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>", "mask": "<mask>",
         "cls": "<s>", "sep": "</s>"}  # fmt: skip
SOURCE = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
WORDS = [f"w{number}" for number in range(VOCABULARY - len(SOURCE))]
IDS = torch.tensor([[0, 10, 20, 30, 4, 12, 2, 31], [0, 11, 15, 2, 21, 33, 9, 7]])
HEADING = f"""# Architectures

Every architecture of which transformers {transformers.__version__} has a masked or causal
language model, tried with a small random model.

- *Verified*: the model was converted, initialized for a vocabulary with the same tokens under other
  ids, written, and read again by plain transformers. Its logits equal the source's, up to the
  permutation of ids. This was done tied and untied (`tie_word_embeddings`).
- *Longest row*: of a model with {POSITIONS} positions; "any" where there is no table of positions.
- Everything else is refused in one line, with the reason that the table gives.

For two architectures (Funnel, Youtu), transformers reads zeros in the row of the pad token,
whatever the file has; the source is compared as transformers reads it.

This page is made by `python -m tests.survey.table`.

| architecture | class | predicts | by default | tied | untied | longest row |
|---|---|---|---|---|---|---|
"""
VERIFIED = "verified"


@dataclass(frozen=True)
class Row:
    """What was found of one architecture."""

    kind: str
    model_class: str = ""
    objective: str = ""
    default: str = ""
    tied: str = ""
    untied: str = ""
    longest: str = ""

    def __str__(self) -> str:
        return f"| {' | '.join(text.replace('|', '/') for text in astuple(self))} |"


def survey(kind: str, folder: Path) -> Row:
    """Try one architecture in an empty folder."""
    if kind in UNTRIED:
        return Row(kind, tied="not tried: no small configuration of it was found")
    try:
        config = small_config(kind)
        objective = objective_of(config)
        model = _random_model(config)
    except Exception as error:
        return Row(kind, tied=f"refused: {_plain(error, folder)}")
    default = "tied" if getattr(config, "tie_word_embeddings", False) else "untied"
    outcomes = {}
    for name, tied in (("tied", True), ("untied", False)):
        (folder / name).mkdir()
        outcomes[name] = _outcome(kind, tied, folder / name)
    longest = ""
    if VERIFIED in outcomes.values():
        limit = most_positions(config)
        longest = "any" if limit is None else str(limit)
    return Row(kind, type(model).__name__, objective, default, **outcomes, longest=longest)


def _outcome(kind: str, tied: bool, folder: Path) -> str:
    try:
        model = _random_model(small_config(kind, tied=tied))
    except Exception:  # the architecture refuses this value
        return "always untied" if tied else "always tied"
    output = model.get_output_embeddings()
    if output is not None and (output.weight is model.get_input_embeddings().weight) != tied:
        return "always untied" if tied else "always tied"
    try:
        difference = _difference(model, folder)
    except InputError as error:
        return f"refused: {_plain(error, folder)}"
    except Exception as error:
        return f"TRACEBACK {type(error).__name__}: {_plain(error, folder)}"
    return VERIFIED if difference < 1e-4 else f"WRONG by {difference:.2g}"


def _difference(model: Any, folder: Path) -> float:
    """Of the logits of source and result, of the largest logit; ids are permuted."""
    order = torch.arange(VOCABULARY - 1, -1, -1)  # all ids move, those of the roles too
    target = [""] * VOCABULARY
    for number, token in enumerate([*SOURCE, *WORDS]):
        target[order[number]] = token
    with new_artifact(folder / "download", "download") as staging:
        model.save_pretrained(staging / "files")
        _save_tokenizer(staging / "files", [*SOURCE, *WORDS])
    _save_tokenizer(folder / "target", target)
    convert_model(Model(source="x"), {"x": folder / "download"}, folder / "converted")
    method = Lexical(method="lexical", bias="copy")
    job = Transfer(
        source_model=folder / "converted",
        target_tokenizer=folder / "target",
        method=method,
        output=folder / "out",
    )
    transfer(job)
    # As transformers reads the source: of two architectures it reads the pad token's row as zero.
    model, result = (
        auto_class(model.config).from_pretrained(path, trust_remote_code=False).eval()
        for path in (folder / "download" / "files", folder / "out")
    )
    with torch.inference_mode():
        inputs = {"attention_mask": torch.ones_like(IDS), **without_cache(model)}
        expected = model(input_ids=IDS, **inputs).logits
        found = result(input_ids=order[IDS], **inputs).logits
    return float((found[..., order] - expected).abs().max() / expected.abs().max())


def _random_model(config: PreTrainedConfig) -> Any:
    torch.manual_seed(0)
    model = auto_class(config).from_config(config, trust_remote_code=False).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def _save_tokenizer(folder: Path, tokens: list[str]) -> None:
    backend = Tokenizer(models.WordLevel({t: i for i, t in enumerate(tokens)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    named = {f"{role}_token": token for role, token in ROLES.items()}
    PreTrainedTokenizerFast(tokenizer_object=backend, **named).save_pretrained(folder)


def _plain(error: Exception, folder: Path) -> str:
    """A reason without the names of temporary folders."""
    text = " ".join(str(error).split())
    text = re.sub(rf"(model in )?{re.escape(str(folder))}\S*:? ?", "", text)
    return text if len(text) < 200 else f"{text[:200]} ..."


def rows(kinds: list[str]) -> list[Row]:
    """Try several architectures."""
    found = []
    logging.getLogger("lingraft").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    for kind in kinds:
        with TemporaryDirectory() as folder:
            found.append(survey(kind, Path(folder)))
            print(found[-1], flush=True)  # minutes pass
    return found


if __name__ == "__main__":
    made = rows(sys.argv[1:] or ARCHITECTURES)
    if not sys.argv[1:]:
        PAGE.write_text(HEADING + "\n".join(map(str, made)) + "\n", encoding="utf-8")
