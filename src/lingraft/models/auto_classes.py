"""Classes of ours beside those of architectures: how the Auto classes of transformers get them."""

import importlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from transformers import PreTrainedModel

from lingraft.models.factorized_types import stand_in

# By name: which architecture's class each Auto class gives to a configuration.
_AUTO_CLASSES = {
    "AutoModel": "MODEL_MAPPING",
    "AutoModelForMaskedLM": "MODEL_FOR_MASKED_LM_MAPPING",
    "AutoModelForCausalLM": "MODEL_FOR_CAUSAL_LM_MAPPING",
    "AutoModelForSequenceClassification": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING",
    "AutoModelForTokenClassification": "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING",
    "AutoModelForQuestionAnswering": "MODEL_FOR_QUESTION_ANSWERING_MAPPING",
    "AutoModelForMultipleChoice": "MODEL_FOR_MULTIPLE_CHOICE_MAPPING",
}
Make = Callable[[type[PreTrainedModel]], type[PreTrainedModel]]


def register_classes(configurations: Iterable[type], make: Make, *, causal: bool = True) -> None:
    """Register the counterparts of architectures' classes; again does no harm.

    Args:
        configurations: of ours, each with one parent, the architecture's own configuration.
        make: our class from the architecture's.
        causal: whether there are models that predict the next token among them.
    """
    # transformers' lazy packages may execute this module twice: the one that is in use counts.
    auto = importlib.import_module("transformers.models.auto.modeling_auto")
    configurations = list(configurations)
    for name, mapping_name in _AUTO_CLASSES.items():
        if name == "AutoModelForCausalLM" and not causal:
            continue
        auto_class, mapping = getattr(auto, name), getattr(auto, mapping_name)
        for config_class in configurations:
            if (plain_config := config_class.__mro__[1]) in mapping:
                # Architectures import the Auto classes themselves, so their classes do not exist
                # yet when we register in the middle of that.
                load = partial(_of_mapping, mapping, plain_config, make)
                label = f"{name}Of{config_class.__name__}"
                known = stand_in(label, load, config_class=config_class)
                auto_class.register(config_class, known, exist_ok=True)


def _of_mapping(mapping: Any, plain_config: type, make: Make) -> type[PreTrainedModel]:
    found = mapping[plain_config]
    # For some configurations a mapping has several classes, the usual one first.
    return make(found[0] if isinstance(found, tuple) else found)
