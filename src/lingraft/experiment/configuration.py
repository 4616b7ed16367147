"""The configuration as a whole: sections that fit together."""

from pydantic import model_validator

from lingraft.config.names import require_known
from lingraft.experiment.checks import check_together
from lingraft.experiment.references import references
from lingraft.experiment.sections import Sections


class Config(Sections):
    """A whole experiment. A configuration file is complete in itself: it is never merged with
    another one."""

    @model_validator(mode="after")
    def _check_names(self) -> "Config":
        for key, name, section in references(self):
            require_known(name, getattr(self, section), key, section)
        check_together(self)
        return self
