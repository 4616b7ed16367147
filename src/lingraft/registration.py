"""Registers lingraft's models with the Auto classes of transformers after a mere `import lingraft`.

The models register themselves by the documented door, `AutoConfig.register` and
`AutoModel.register`. That needs transformers and torch, whose import takes seconds, and most of
lingraft needs neither (docs/decisions.md has the figures). So it happens at the moment when the
user's program imports the Auto classes. transformers may execute such a module twice, and each
time it must happen anew: hooks of other libraries are called only once.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType

_MODELS = "transformers.models.auto.modeling_auto"

# When a module of transformers is imported, this function of ours is called.
_REGISTRATIONS = {
    "transformers.models.auto.configuration_auto": (
        "lingraft.models.factorized_config",
        "register_configurations",
    ),
    _MODELS: ("lingraft.models.factorized", "register_models"),
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
            spec.loader = _FollowUp(spec.loader, *_REGISTRATIONS[fullname])
        return spec


class _FollowUp(importlib.abc.Loader):
    """Executes a module with its own loader, then calls a function of ours."""

    def __init__(self, loader: importlib.abc.Loader, module: str, function: str) -> None:
        self._loader = loader
        self._module, self._function = module, function

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        # Within the import of the models, the configurations' modules cannot be imported yet; the
        # models' follow-up brings them along.
        if module.__name__.endswith("configuration_auto") and _MODELS in sys.modules:
            return
        # A module of ours that is itself being imported registers at its own end.
        register = getattr(importlib.import_module(self._module), self._function, None)
        if register is not None:
            register()


def install() -> None:
    """Register now what is imported already, and the rest when it is."""
    for watched, (module, _) in _REGISTRATIONS.items():
        if watched in sys.modules:
            importlib.import_module(module)
    if not any(isinstance(finder, _AfterImport) for finder in sys.meta_path):
        # Before Python's own finders, which would find the module first.
        sys.meta_path.insert(0, _AfterImport())
