"""An experiment whose model becomes a sentence encoder."""

from typing import Any

from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.stages.settings import what_was_set


def with_encoder(config: Config, **stage: Any) -> Config:
    """The experiment with an encoder of the initialization `focus` of its run `swahili`."""
    content = what_was_set(config)
    steps = {"data": ["pairs"], "loss": {"name": "distillation"}, "steps": 50} | stage
    own = {"kind": "records", "form": "translations", "files": "pairs.jsonl"}
    content["training_sets"] = {"pairs": own | {"source": next(iter(content["sources"]))}}
    content["encoders"] = {"distilled": {"learning_rate": 1e-4, "stages": [steps]}}
    content["runs"]["swahili"]["encoders"] = {"distilled": ["focus"]}
    return check(content, "tuned.yaml")
