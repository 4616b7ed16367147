from pathlib import Path

import numpy as np
import pytest

from lingraft.errors import InputError
from lingraft.vectors.partners import read_partner
from lingraft.vectors.trainers.trainer import VectorInputs
from lingraft.vectors.vectorset import VectorSet


def test_pairs_are_read_as_rows_and_a_foreign_source_is_refused(plant, tmp_path: Path) -> None:
    planted = plant(words=30)
    planted.target.save(tmp_path)
    (tmp_path / "dictionary.tsv").write_text(
        "source\ttarget\tweight\torigin\ns3\tt3\t0.5\tui\ns29\tt29\t1.0\tidentical\n"
    )
    given = VectorInputs(alignments={"other": tmp_path}, vectors={"other": tmp_path})
    target, found = read_partner(planted.source, given, "other", "first")
    assert found.source_P.tolist() == [3, 29] and found.weights_P.tolist() == [0.5, 1.0]
    assert [target.words[row] for row in found.target_P] == ["t3", "t29"]
    foreign = VectorSet(["paka"], np.ones((1, 20), np.float32), language="swh_Latn")
    with pytest.raises(InputError, match=r"'other' shares no word pair .* of the same source"):
        read_partner(foreign, given, "other", "first")
