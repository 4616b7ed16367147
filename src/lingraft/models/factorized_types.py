"""Names of factorized architectures, and stand-ins for classes whose import takes seconds.

A configuration imports its architecture's, and some of these import the code of models. So an Auto
class first gets a stand-in, which becomes the class itself when it is used.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

PREFIX = "factorized-"

ARCHITECTURES = (
    "bert",
    "camembert",
    "distilbert",
    "electra",
    "gemma",
    "gemma2",
    "gemma3_text",
    "gpt2",
    "llama",
    "mistral",
    "modernbert",
    "qwen2",
    "qwen3",
    "roberta",
    "xlm-roberta",
)
"""Types of dense models that have a factorized counterpart."""


class OnDemand(type):
    """A type of classes that become another class when they are used."""

    load: Callable[[], Any]

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.load(), name)

    def __call__(cls, *arguments: Any, **settings: Any) -> Any:
        return cls.load()(*arguments, **settings)


def stand_in(name: str, load: Callable[[], Any], **attributes: Any) -> type:
    """A class that becomes the result of `load` when it is used.

    Args:
        name: its name until then.
        load: gives the class itself.
        attributes: what the class is asked before it is used.
    """
    # Since Python 3.14 a class binds a partial object like a method; `staticmethod` prevents it.
    return OnDemand(name, (), {**attributes, "load": staticmethod(load)})


def register_names() -> None:
    """Make every factorized configuration loadable through AutoConfig, without importing any."""
    register_counterparts(ARCHITECTURES, PREFIX, "Factorized", "lingraft.models.factorized_config")


def register_counterparts(
    architectures: Sequence[str], prefix: str, label: str, module: str
) -> None:
    """Make configurations of ours loadable through AutoConfig, without importing any.

    Args:
        architectures: types of models that have a counterpart.
        prefix: of the types of the counterparts.
        label: of the names of their classes.
        module: has the counterparts by type of the plain model, as CONFIGURATIONS.
    """
    auto = importlib.import_module("transformers.models.auto.configuration_auto")
    for plain in architectures:

        def load(plain: str = plain) -> Any:
            return importlib.import_module(module).CONFIGURATIONS[plain]

        name = f"{label}{auto.CONFIG_MAPPING_NAMES[plain]}"
        known = stand_in(name, load, model_type=prefix + plain)
        auto.AutoConfig.register(prefix + plain, known, exist_ok=True)
