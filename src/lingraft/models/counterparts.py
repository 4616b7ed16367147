"""Counterparts of architectures: configurations with settings of ours, and the shared weights."""

import importlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from transformers import PreTrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING, AutoConfig

from lingraft.errors import InputError


def configurations(
    architectures: Iterable[str],
    *,
    prefix: str,
    label: str,
    what: str,
    own: Mapping[str, Any],
    module: str,
    models: str,
) -> Mapping[str, type[PreTrainedConfig]]:
    """The configurations of counterparts, by the model type of the plain architecture.

    Args:
        architectures: types of plain models.
        prefix: of the types of the counterparts.
        label: of the names of their classes.
        what: they have, and plain models have not.
        own: their settings beside those of the architecture, with defaults.
        module: the one that has the result, as CONFIGURATIONS.
        models: the module that registers the models of these configurations.
    """

    def made(cls: type[PreTrainedConfig], *arguments: Any, **settings: Any) -> PreTrainedConfig:
        """`__new__` of our configurations: before one exists, its models are registered.

        Their code needs that of transformers' models, which takes seconds to import, and an Auto
        class is asked for them with a configuration.
        """
        importlib.import_module(models)
        return object.__new__(cls)

    def subclass(plain: type[PreTrainedConfig]) -> type[PreTrainedConfig]:
        attributes = {
            "__module__": module,
            "__doc__": f"A {plain.__name__} with {what}.",
            "__annotations__": {name: type(default) for name, default in own.items()},
            **own,
            "model_type": prefix + plain.model_type,
            "__new__": made,
        }
        return type(f"{label}{plain.__name__}", (plain,), attributes)

    return {model_type: subclass(CONFIG_MAPPING[model_type]) for model_type in architectures}


def shared_settings(config: PreTrainedConfig, own: Collection[str]) -> dict[str, Any]:
    """The settings that a plain model and its counterpart share.

    Args:
        config: of either.
        own: names of settings that only the counterpart has.
    """
    apart = {*own, "model_type", "architectures"}
    return {name: value for name, value in config.to_dict().items() if name not in apart}


def register(found: Mapping[str, type[PreTrainedConfig]]) -> None:
    """Make configurations of ours loadable through AutoConfig; again does no harm."""
    for configuration in found.values():
        AutoConfig.register(configuration.model_type, configuration, exist_ok=True)


def carry_over(source: Any, target: Any, own: Iterable[str]) -> None:
    """Copy every weight that a model and its counterpart share.

    Args:
        source: one of the two models.
        target: the other one.
        own: names of modules of the target whose weights the source may not have.

    Raises:
        InputError: the source has not all other weights.
    """
    state, wanted = source.state_dict(), target.state_dict()
    shared = {name: value for name, value in state.items() if name in wanted}
    prefixes = tuple(f"{name}." for name in own)
    if missing := [name for name in wanted if name not in shared and not name.startswith(prefixes)]:
        raise InputError(f"cannot carry over {', '.join(sorted(missing))}")
    target.load_state_dict(shared, strict=False)
