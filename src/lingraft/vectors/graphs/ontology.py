"""Ontologies in OBO or OWL, read by pronto: synonyms of a term, and relations between terms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lingraft.config.patterns import Pattern
from lingraft.errors import InputError
from lingraft.vectors.graphs.graph import DownloadedGraph, GraphInputs, related, synonyms

if TYPE_CHECKING:
    from lingraft.vectors.edges import Edge


class OntologyGraph(DownloadedGraph):
    """An ontology in OBO or OWL (RDF/XML).

    Relations are `synonym` (of exact ones), `is_a`, and those that the file names, by their ids,
    such as `part_of`.
    """

    format: Literal["ontology"]
    path: Pattern
    """The file inside the download: .obo, .owl, .json (OBO graphs), also .gz."""

    def read(self, inputs: GraphInputs) -> Iterator[Edge]:
        """Yield synonyms of each term, its parents and its relations.

        Raises:
            InputError: the file does not exist, is cut off, or is not an ontology.
        """
        ontology = _load(inputs.given.download(self.source) / self.path)
        for term in ontology.terms():
            own = _names(term)
            yield from synonyms(own)
            for parent in term.superclasses(distance=1, with_self=False):
                yield from related(own, _names(parent), "is_a")
            for relation, others in term.relationships.items():
                for other in others:
                    yield from related(own, _names(other), relation.id)


def _load(path: Path) -> Any:
    """The ontology of a file; what it imports from elsewhere is left out.

    Raises:
        InputError: as `OntologyGraph.read`.
    """
    import warnings

    import pronto

    if not path.is_file():
        raise InputError(f"graph {path} does not exist")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ontology = pronto.Ontology(path, import_depth=0, threads=1)
    except Exception as error:
        # Its readers raise whatever their parsers do: SyntaxError, ValueError, KeyError, ...
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{path} is not a whole OBO or OWL file ({reason})") from None
    if not len(ontology.terms()):
        raise InputError(f"{path} has no terms")
    return ontology


def _names(term: Any) -> list[str]:
    """The name of a term and its exact synonyms; none of a term that only others mention."""
    if term.name is None or term.obsolete:
        return []
    exact = sorted(each.description for each in term.synonyms if each.scope == "EXACT")
    return list(dict.fromkeys([term.name, *exact]))
