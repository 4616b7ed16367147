"""The account of an initialization: how many rows come from where, and examples to look at.

Shapes: T target rows, S source rows.
"""

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.initialization.initialize import Initialized
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Provenance, Weights
from lingraft.numeric import sparse
from lingraft.numeric.rows import norms

_EXAMPLES = 200  # the report shows some of them
_FEWEST_LETTERS = 2
_NEIGHBORS = 5
_NAMED_FILLS = 20


def build_report(request: Request, result: Initialized, settings: dict[str, Any]) -> dict[str, Any]:
    """The content of `initialization.json`: plain JSON values.

    `coverage` is the share of tokens that are not filled; `entropy_mean` (nats) and `support_mean`
    are those of the sparse weights of combined rows.

    Args:
        request: what was asked.
        result: what came out.
        settings: all options of the method, with their defaults.
    """
    weights = result.weights
    combined_C = weights.rows(Provenance.COMBINED)
    matrix_CS = weights.matrix_TS[combined_C]
    filled_F = weights.rows(Provenance.FILL)
    tokens = int(request.target.present_T.sum())
    return {
        "method": settings["method"],
        "options": settings,
        "rows": {code.name.lower(): len(weights.rows(code)) for code in Provenance},
        "coverage": 1.0 - len(filled_F) / tokens,
        "entropy_mean": _mean(sparse.entropy(matrix_CS)),
        "support_mean": _mean(sparse.row_support(matrix_CS)),
        "norms": _norms(request, result),
        "filled": [result.tokens[row] for row in filled_F[:_NAMED_FILLS]],
        "examples": _examples(request, result),
        "bias_policy": result.facts.get("bias"),
        "width": None if result.primitives_RD is None else len(result.primitives_RD),
        **{key: value for key, value in result.facts.items() if key != "bias"},
    }


def save_weights(weights: Weights, path: Path) -> None:
    """W in CSR parts with the provenance of each row, as an npz without pickles."""
    matrix_TS = weights.matrix_TS
    arrays = {
        "data": matrix_TS.data,
        "indices": matrix_TS.indices,
        "indptr": matrix_TS.indptr,
        "shape": np.array(matrix_TS.shape),
        "provenance": weights.provenance_T,
    }
    if weights.dense is not None:
        arrays |= {"left": weights.dense.left_TR, "right": weights.dense.right_RS}
    np.savez_compressed(path, **arrays)


def read_new_rows(folder: Path) -> NDArray[np.bool_] | None:
    """Which rows of an initialized model are not copies of a source row (T,); None if it is not
    said.

    Args:
        folder: of the model.
    """
    path = folder / "weights.npz"
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        provenance_T = arrays["provenance"]
    found_T: NDArray[np.bool_] = np.isin(
        provenance_T, [Provenance.COMBINED, Provenance.FILL, Provenance.GENERATED]
    )
    return found_T


def _norms(request: Request, result: Initialized) -> dict[str, Any]:
    rows_TD = result.embeddings_TD
    if result.primitives_RD is not None:
        rows_TD = rows_TD @ result.primitives_RD
    norms_T = norms(rows_TD)
    by_provenance = {
        code.name.lower(): _mean(norms_T[result.weights.rows(code)])
        for code in Provenance
        if len(result.weights.rows(code))
    }
    source_norms = norms(request.embeddings_SD[request.candidate_ids])
    return {
        "source": _mean(source_norms),
        "target": _mean(norms_T[request.target_ids]),
        "by_provenance": by_provenance,
    }


def _examples(request: Request, result: Initialized) -> list[dict[str, Any]]:
    """Tokens with their weights, spread evenly over the words of the vocabulary.

    They follow from the vocabulary alone, so that all methods show the same ones.
    """
    rows = [int(row) for row in request.target_ids if _is_word(result.tokens[row])]
    rows = rows or [int(row) for row in request.target_ids]
    places = np.linspace(0, len(rows) - 1, min(_EXAMPLES, len(rows))).astype(int)
    return [_example(rows[place], request, result) for place in places]


def _is_word(token: str) -> bool:
    """Whether a token is of letters, but for what marks the beginning of a word or its inside."""
    letters = token.strip("▁Ġ#")
    return len(letters) >= _FEWEST_LETTERS and all(
        unicodedata.category(character)[0] in "LM" for character in letters
    )


def _example(row: int, request: Request, result: Initialized) -> dict[str, Any]:
    if result.weights.provenance_T[row] == Provenance.GENERATED:
        # The weights of such a row are not what it is made of.
        return {"token": result.tokens[row], "provenance": "generated", "neighbors": []}
    weights_S = result.weights.row(row)
    # A stable sort of the negated weights: the largest first, equal ones by rising id.
    largest = np.argsort(-weights_S, kind="stable")[:_NEIGHBORS]
    neighbors = [index for index in largest if weights_S[index] != 0]
    return {
        "token": result.tokens[row],
        "provenance": Provenance(result.weights.provenance_T[row]).name.lower(),
        "neighbors": [[request.source.tokens[i], round(float(weights_S[i]), 4)] for i in neighbors],
    }


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else 0.0
