"""The block of a run: one language to learn, with all that is compared on the way."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from lingraft.config.base import Block, Name, Seed


def _form_of_seeds(given: Any) -> str:
    return "by initialization" if isinstance(given, dict) else "for all"


def _form_of_recipes(given: Any) -> str:
    return "by initialization" if isinstance(given, dict) else "of all"


def _form_of_encoders(given: Any) -> str:
    return "by recipe" if isinstance(given, dict) else "of all"


Seeds = Annotated[list[Seed], Field(min_length=1)]
SeedsOfRun = Annotated[
    Annotated[Seeds, Tag("for all")] | Annotated[dict[Name, Seeds], Tag("by initialization")],
    Discriminator(_form_of_seeds),
]

RecipesOfRun = Annotated[
    Annotated[Name, Tag("of all")] | Annotated[dict[Name, Name], Tag("by initialization")],
    Discriminator(_form_of_recipes),
]

Names = Annotated[list[Name], Field(min_length=1)]
EncodersOfRun = Annotated[
    Annotated[list[Name], Tag("of all")] | Annotated[dict[Name, Names], Tag("by recipe")],
    Discriminator(_form_of_encoders),
]


class Run(Block):
    """One language to learn: every initialization here, with every seed, is one training."""

    model: Name
    """The source model, by its name in `models`."""
    tokenizer: Name
    """The tokenizer that the model gets, by its name in `tokenizers`."""
    corpora: list[Name] = []
    """The text for continued pretraining, by names in `corpora`. It may be empty if nothing is
    trained and no method or task needs text."""
    evaluation_corpora: list[Name] | None = None
    """Text that is measured and never trained on, by names in `corpora`: it shows what a model
    forgets of its source's language. Unset: text in that language that `corpora` follow as a pivot,
    or that warmed up the model's head; `[]`: none."""
    multilingual_vectors: Name | None = None
    """Words of many languages in one space, by their name in `vectors`, for methods that use it
    (ofa) instead of alignments."""
    alignments: list[Name] = []
    """Aligned vector spaces for the methods that need them, by names in `alignments`."""
    donor: Name | None = None
    """Another model that already has this tokenizer, by its name in `models`, for methods that use
    it (clp, tokensurgeon)."""
    initializations: Annotated[list[Name], Field(min_length=1)]
    """The initializations to compare, by names in `initializations`."""
    pretraining: RecipesOfRun | None = None
    """The recipe of continued pretraining, by its name in `pretraining`. A mapping gives
    initializations recipes of their own, such as `{random: short, mixture: long}`; any other ends
    at step 0. Unset: all end at step 0."""
    encoders: EncodersOfRun = []
    """The sentence encoders to make of the models, by names in `encoders`. A mapping says of which
    initializations, such as `{distilled: [random, mixture]}`."""
    seeds: SeedsOfRun = [1]
    """One training for each seed; differences between seeds can be tested with six or more. A
    mapping gives initializations seeds of their own, such as `{random: [1, 2], mixture: [1, 2]}`;
    any other has seed 1."""
    encoder_seeds: Seeds | None = None
    """The seeds whose models are made into sentence encoders, such as `[1]`, where other seeds are
    for comparing language models alone. Unset: all."""

    def seeds_of(self, initialization: str) -> list[int]:
        """The seeds of one of the initializations."""
        return self.seeds if isinstance(self.seeds, list) else self.seeds.get(initialization, [1])

    def recipe_of(self, initialization: str) -> str | None:
        """The recipe that one of the initializations is pretrained with; None: it ends at step
        0."""
        if isinstance(self.pretraining, dict):
            return self.pretraining.get(initialization)
        return self.pretraining

    @property
    def recipes(self) -> dict[str, str | None]:
        """Initialization -> its recipe of pretraining, for all initializations of the run."""
        return {name: self.recipe_of(name) for name in self.initializations}

    @property
    def named_recipes(self) -> dict[str, str]:
        """Key of this block -> the recipe that it names, each recipe once."""
        if not isinstance(self.pretraining, dict):
            return {} if self.pretraining is None else {"pretraining": self.pretraining}
        first: dict[str, str] = {}
        for initialization, recipe in self.pretraining.items():
            first.setdefault(recipe, f"pretraining.{initialization}")
        return {key: recipe for recipe, key in first.items()}

    def encoders_of(self, initialization: str, seed: int | None = None) -> list[str]:
        """The encoders that are made of one of the initializations, in the order of the run.

        Args:
            initialization: its name.
            seed: that of one of its trainings; None: those of any.
        """
        if seed is not None and self.encoder_seeds is not None and seed not in self.encoder_seeds:
            return []
        if isinstance(self.encoders, list):
            return self.encoders
        return [name for name, chosen in self.encoders.items() if initialization in chosen]


def trained_alike(first: Mapping[str, str | None], second: Mapping[str, str | None]) -> bool:
    """Whether two sets of trainings can be compared as one: no initialization has two recipes.

    Without a common initialization, they must have the same recipes.

    Args:
        first: initialization -> its recipe of pretraining; None: it ends at step 0.
        second: the same of the other set.
    """
    common = first.keys() & second.keys()
    if not common:
        return {*first.values()} == {*second.values()}
    return all(first[name] == second[name] for name in common)
