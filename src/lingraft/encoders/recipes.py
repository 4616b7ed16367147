"""A recipe of a sentence encoder is a tuning or a merge; what both of them start from."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Tag

from lingraft.encoders.merging.settings import MergedEncoder, Origin
from lingraft.encoders.settings import TunedEncoder


def _form_of_recipe(given: Any) -> str:
    if isinstance(given, dict):
        return "merged" if "merge" in given else "tuned"
    return "merged" if isinstance(given, MergedEncoder) else "tuned"


if TYPE_CHECKING:
    AnyEncoder = TunedEncoder | MergedEncoder
else:
    AnyEncoder = Annotated[
        Annotated[TunedEncoder, Tag("tuned")] | Annotated[MergedEncoder, Tag("merged")],
        Discriminator(_form_of_recipe),
    ]


def origins_of(recipe: AnyEncoder) -> tuple[Origin, ...]:
    """The models of the run that an encoder is made from."""
    if isinstance(recipe, MergedEncoder):
        return recipe.origins
    return (Origin(step=recipe.start),)
