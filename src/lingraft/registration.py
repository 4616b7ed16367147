"""Registers lingraft's models with the Auto classes of transformers after a mere `import lingraft`.

They register by the documented door, `AutoConfig.register` and `AutoModel.register`. That needs
transformers and torch, whose import takes seconds, and most of lingraft needs neither
(docs/decisions.md has the figures). So names of configurations register at the moment when the
user's program imports the Auto classes, and models when a configuration of ours is made: a program
that only reads tokenizers or plain configurations loads no model's code. transformers may execute
such a module twice, and each time it must happen anew: hooks of other libraries are called once.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType

_CONFIGURATIONS = "transformers.models.auto.configuration_auto"
_NAMES = (
    ("lingraft.models.factorized_types", "register_names"),
    ("lingraft.models.byte_words_types", "register_byte_words_names"),
)

# When a module of transformers is executed, these functions of ours are called, if their modules
# are there. Those of the names are always there.
_REGISTRATIONS: Mapping[str, Sequence[tuple[str, str]]] = {
    _CONFIGURATIONS: [
        *_NAMES,
        ("lingraft.models.factorized_config", "register_configurations"),
        ("lingraft.models.byte_words_config", "register_byte_words_configurations"),
    ],
    "transformers.models.auto.modeling_auto": [
        ("lingraft.models.factorized", "register_models"),
        ("lingraft.models.byte_words", "register_byte_words_models"),
    ],
}


class _AfterImport(importlib.abc.MetaPathFinder):
    """Finds the modules of transformers as Python does, and follows them up by ours."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in _REGISTRATIONS:
            return None
        # importlib.util.find_spec would call this finder again, without end.
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, importlib.abc.Loader):
            spec.loader = _FollowUp(spec.loader)
        return spec


class _FollowUp(importlib.abc.Loader):
    """Executes a module with its own loader, then registers what is ours."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        for names, _ in _NAMES:
            importlib.import_module(names)
        for ours, function in _REGISTRATIONS[module.__name__]:
            # A module of ours that is itself being imported registers at its own end.
            register = getattr(sys.modules.get(ours), function, None)
            if register is not None:
                register()


def install() -> None:
    """Register now what is imported already, and the rest when it is."""
    if _CONFIGURATIONS in sys.modules:
        for names, function in _NAMES:
            getattr(importlib.import_module(names), function)()
    if not any(isinstance(finder, _AfterImport) for finder in sys.meta_path):
        # Before Python's own finders, which would find the module first.
        sys.meta_path.insert(0, _AfterImport())
