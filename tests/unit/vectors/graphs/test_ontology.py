from collections.abc import Callable
from pathlib import Path

import pytest

from lingraft.errors import InputError

OBO = """format-version: 1.4
ontology: test

[Term]
id: X:1
name: disease

[Term]
id: X:2
name: cancer
synonym: "malignant tumor" EXACT []
synonym: "growth" BROAD []
is_a: X:1 ! disease
relationship: located_in X:3 ! organ

[Term]
id: X:3
name: organ

[Term]
id: X:4
name: dropped
is_obsolete: true
is_a: X:1

[Typedef]
id: located_in
name: located in
"""
OWL = """<?xml version="1.0"?>
<rdf:RDF xmlns="http://x.org/t.owl#" xml:base="http://x.org/t.owl"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:owl="http://www.w3.org/2002/07/owl#"
  xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#">
 <owl:Ontology rdf:about="http://x.org/t.owl"/>
 <owl:Class rdf:about="http://x.org/X_1"><rdfs:label>disease</rdfs:label></owl:Class>
 <owl:Class rdf:about="http://x.org/X_2"><rdfs:label>cancer</rdfs:label>
  <rdfs:subClassOf rdf:resource="http://x.org/X_1"/></owl:Class>
</rdf:RDF>
"""


def test_synonyms_parents_and_relations_are_edges(tmp_path: Path, read: Callable[..., set]) -> None:
    (tmp_path / "x.obo").write_text(OBO)
    found = read(format="ontology", path="x.obo")
    names = ("cancer", "malignant tumor")
    expected = {(*names, "synonym")}
    expected |= {(name, "disease", "is_a") for name in names}
    expected |= {(name, "organ", "located_in") for name in names}
    assert found == expected
    some = read(format="ontology", path="x.obo", relations={"is_a": 1})
    assert {relation for *_, relation in some} == {"is_a"} and len(some) == 2


def test_owl_is_read_too(tmp_path: Path, read: Callable[..., set]) -> None:
    (tmp_path / "x.owl").write_text(OWL)
    assert read(format="ontology", path="x.owl") == {("cancer", "disease", "is_a")}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (OBO[: OBO.index('tumor" EXACT') + 3], "is not a whole OBO or OWL file"),
        (OBO.split("[Term]")[0], "has no terms"),
        ("\x00\x01", "is not a whole OBO or OWL file"),
        (OWL[:-40], "is not a whole OBO or OWL file"),
    ],
)
def test_damage_is_one_line(
    tmp_path: Path, read: Callable[..., set], content: str, message: str
) -> None:
    path = tmp_path / ("x.owl" if content.startswith("<") else "x.obo")
    path.write_text(content)
    with pytest.raises(InputError, match=message) as error:
        read(format="ontology", path=path.name)
    assert "\n" not in str(error.value) and path.name in str(error.value)


def test_missing_file_is_one_line(read: Callable[..., set]) -> None:
    with pytest.raises(InputError, match=r"x\.obo does not exist"):
        read(format="ontology", path="x.obo")
