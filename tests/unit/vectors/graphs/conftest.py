"""Graphs whose download `d` is the test's folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from lingraft.vectors.graphs import AnyGraph
from lingraft.vectors.graphs.graph import GraphInputs
from lingraft.vectors.inputs import VectorInputs


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., set[tuple[str, str, str]]]:
    """The edges of a graph by its settings: head, tail, relation."""

    def run(**settings: Any) -> set[tuple[str, str, str]]:
        adapter: TypeAdapter[Any] = TypeAdapter(AnyGraph)
        graph = adapter.validate_python({"source": "d", **settings})
        assert graph.made_from == (("sources", "d"),)
        inputs = GraphInputs(VectorInputs(downloads={"d": tmp_path}))
        return {(edge.head, edge.tail, edge.relation) for edge in graph.edges(inputs)}

    return run
