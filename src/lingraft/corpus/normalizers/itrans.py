"""Indic scripts in ITRANS."""

from typing import Literal

from lingraft.corpus.normalizers.indic_schemes import IndicScheme


class ITRANS(IndicScheme):
    """ITRANS, a romanization in ASCII alone."""

    name: Literal["itrans"]

    scheme = "itrans"
    case_is_spelling = True
