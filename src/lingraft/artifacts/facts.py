"""What an artifact's manifest says beyond its files: one type for each kind of artifact.

Writers build these types and readers get them back, so that a fact has one spelling.
"""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

Licenses = dict[str, str | None]  # source -> its license; None where it states none
UNKNOWN_LANGUAGE = "und_Zyyy"  # ISO 639-3 undetermined, ISO 15924 undetermined


class Facts(BaseModel):
    """Facts of any artifact.

    `licenses` are those of all downloads that an artifact comes from, however many stages ago:
    `new_artifact` collects them from the inputs.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)
    kind_of_artifact: ClassVar[str]

    licenses: Licenses = {}

    @classmethod
    def read(cls, content: Any) -> Self:
        """Facts of a manifest; keys that this version does not know are left out.

        Raises:
            ValueError: a fact is of another type.
        """
        if not isinstance(content, dict):
            raise ValueError("facts are not a JSON object")
        if cls.model_config["extra"] == "forbid":
            content = {key: content[key] for key in content if key in cls.model_fields}
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise ValueError(f"facts.{place}: {first['msg']}") from None

    def as_json(self) -> dict[str, Any]:
        """What was set, as plain JSON values."""
        return self.model_dump(mode="json", exclude_unset=True)


class DownloadFacts(Facts):
    """Where a download comes from; what else its kind of source knows is kept too."""

    model_config = ConfigDict(extra="allow")
    kind_of_artifact = "download"

    kind: str | None = None
    package: str | None = None
    repository: str | None = None
    url: str | None = None
    path: str | None = None
    version: str | None = None
    license: str | None = None


class ShardFacts(Facts):
    """Which shard of how many this is."""

    kind_of_artifact = "shard"

    shard: int = 0
    shards: int = 1


class CorpusFacts(Facts):
    """Language of the text, the sizes of its parts, how it was written anew (`corpus.normalizing`;
    empty: it was not), how much of it does not come back, and the share of its letters that each
    script has (`corpus.scripts`)."""

    kind_of_artifact = "corpus"

    language: str | None = None
    normalizer: dict[str, Any] = {}
    normalized: dict[str, Any] = {}
    scripts: dict[str, float] = {}
    splits: dict[str, dict[str, Any]] = {}

    @property
    def written_in(self) -> str:
        """The language of the text, or the code of one that is not known."""
        return self.language or UNKNOWN_LANGUAGE


class TokenizerFacts(Facts):
    """Languages of the text that it was trained on, the number of its tokens, and how the text was
    written anew."""

    kind_of_artifact = "tokenizer"

    languages: list[str] = []
    normalizer: dict[str, Any] = {}
    vocabulary_size: int | None = None


class TokensFacts(Facts):
    """Encoded text, and how it was written anew before; its sizes are in meta.json. What was
    fastest here to encode each split (`lingraft.tokenizers.engines`): all give the same ids."""

    kind_of_artifact = "tokens"

    normalizer: dict[str, Any] = {}
    engines: dict[str, str] = {}


class VectorsFacts(Facts):
    """Threads that trained the vectors: with more than one no run repeats another exactly. How the
    text that they are made from was written anew."""

    kind_of_artifact = "vectors"

    normalizer: dict[str, Any] = {}
    threads: int | None = None


class AlignmentFacts(Facts):
    """A map between two vector sets, and how the text of the one or the other was written anew."""

    kind_of_artifact = "alignment"

    normalizer: dict[str, Any] = {}


class GeneratorFacts(Facts):
    """A network that makes rows for the tokens of one source model."""

    kind_of_artifact = "generator"


class StoredPart(BaseModel):
    """The weights of one kind (`embeddings`, `matrices`) that a quantized file had in one type."""

    kind: str
    type: str
    bits_per_weight: float
    weights: int
    share: float
    """Of all weights of the file."""
    relative_error: float | None = None
    """Root mean square of the rounding error over that of the weights, estimated from the steps of
    the file's grid; None where the type has no grid of equal steps."""


class ModelFacts(Facts):
    """Number of weights. A trained model also has its last step, seed and state folder, a
    converted one the weights of a head that were drawn at random, and, from a quantized file, how
    many weights that file had in each type and in how many bits on average, and the same with an
    estimate of what was lost for each kind of weights (`stored_parts`)."""

    kind_of_artifact = "model"

    parameters: int | None = None
    steps: int | None = None
    seed: int | None = None
    state: str | None = None
    drawn: list[str] = []
    stored_types: dict[str, int] = {}
    stored_bits_per_weight: float | None = None
    stored_parts: list[StoredPart] = []


class DatasetFacts(Facts):
    """Number of records in each set of each language."""

    kind_of_artifact = "dataset"

    languages: dict[str, dict[str, int]] = {}


class TrainingSetFacts(Facts):
    """What the texts of an example are (`form`), how many examples each language has, how many were
    left out and why, the digests of the data whose texts were kept out, and how the texts were
    written anew."""

    kind_of_artifact = "training_set"

    normalizer: dict[str, Any] = {}

    form: str | None = None
    languages: dict[str, int] = {}
    left_out: dict[str, int] = {}
    held_out: dict[str, str] = {}


FACTS: dict[str, type[Facts]] = {
    facts.kind_of_artifact: facts
    for facts in (
        DownloadFacts, ShardFacts, CorpusFacts, TokenizerFacts, TokensFacts, VectorsFacts,
        AlignmentFacts, GeneratorFacts, ModelFacts, DatasetFacts, TrainingSetFacts,
    )
}  # fmt: skip
