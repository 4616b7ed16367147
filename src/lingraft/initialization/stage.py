"""From folders to a folder: read a model and evidence, initialize, write a model artifact."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lingraft.artifacts import (
    Artifact,
    Facts,
    ModelFacts,
    TokenizerFacts,
    new_artifact,
    open_given,
    opened,
    write_json,
)
from lingraft.config.initialization import Initialization, Method
from lingraft.config.yaml_files import parse_yaml
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.copied_text import CopiedText
from lingraft.initialization.initialize import initialize
from lingraft.initialization.install import install, read_matrices
from lingraft.initialization.methods import METHODS
from lingraft.initialization.report import build_report, save_weights
from lingraft.initialization.request import Evidence, Request
from lingraft.models.loading import load_model
from lingraft.models.token_types import TOKEN_TYPES, has_token_types
from lingraft.models.writing import write_model
from lingraft.outputs import require_output
from lingraft.program import read_settings
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import write_tokenizer
from lingraft.tokenizers.templates import carry_template
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.vectorset import VectorSet

logger = logging.getLogger(__name__)
_ADAPTER: TypeAdapter[Method] = TypeAdapter(Initialization)


@dataclass(frozen=True)
class EvidencePaths:
    """Where the evidence is; vectors are artifact folders, `.vec`, `.vec.gz` or fastText `.bin`."""

    source_vectors: Path | None = None
    target_vectors: Sequence[Path] = ()
    alignments: Sequence[Path] = ()
    dictionary: Path | None = None
    multilingual_vectors: Path | None = None
    parallel: Sequence[Path] = ()
    corpora: Sequence[Path] = ()
    token_vectors: Path | None = None
    language_tokenizer: Path | None = None
    donor: Path | None = None

    def load(self) -> Evidence:
        """Read what is given.

        Raises:
            InputError: a file is missing or damaged, or an alignment is of other vectors; the
                message names it.
        """
        self.artifacts()
        for alignment, vectors in zip(self.alignments, self.target_vectors, strict=False):
            _require_origin(alignment, "source", self.source_vectors)
            _require_origin(alignment, "target", vectors)
        return Evidence(
            source_vectors=_vectors(self.source_vectors),
            target_vectors=[VectorSet.load(path) for path in self.target_vectors],
            alignments=[Alignment.load(path) for path in self.alignments],
            multilingual_vectors=_vectors(self.multilingual_vectors),
            dictionary=self.dictionary,
            parallel=self.parallel,
            corpora=self.corpora,
            token_vectors=_vectors(self.token_vectors),
            language_tokenizer=self.language_tokenizer and load_tokenizer(self.language_tokenizer),
            donor=self.donor,
        )

    def given(self) -> dict[str, Path]:
        """The evidence that is given, by name."""
        named: dict[str, Path] = {}
        for name, value in vars(self).items():
            many = isinstance(value, Sequence) and not isinstance(value, str)
            for number, path in enumerate(value if many else [value]):
                if path is not None:
                    named[f"{name}-{number}" if many else name] = path
        return named

    def artifacts(self) -> dict[str, Artifact[Facts]]:
        """The evidence that is an artifact, opened, for the manifest of what is made of it.

        Raises:
            ArtifactError: one is damaged.
        """
        return opened(self.given())


@dataclass(frozen=True)
class Transfer:
    """One initialization of a model on disk."""

    source_model: Path
    target_tokenizer: Path
    settings: Method
    output: Path
    evidence: EvidencePaths = field(default_factory=EvidencePaths)
    seed: int = 0


def transfer(job: Transfer) -> dict[str, Any]:
    """Write the initialized model to `job.output` and return its report."""
    read = {"source model": job.source_model, "target tokenizer": job.target_tokenizer}
    require_output(job.output, read | job.evidence.given())
    open_given(job.source_model, ModelFacts)
    open_given(job.target_tokenizer, TokenizerFacts)
    model = load_model(job.source_model)
    tokenizer = load_tokenizer(job.target_tokenizer)
    source_tokenizer = load_tokenizer(job.source_model)
    request = Request(
        TokenTable.of(source_tokenizer),
        TokenTable.of(tokenizer),
        **read_matrices(model),
        evidence=job.evidence.load(),
        seed=job.seed,
    )
    result = initialize(request, job.settings)
    report = build_report(request, result, job.settings.model_dump(mode="json"))
    text = CopiedText.of(request, result)
    expected = None if text is None else text.ask(model, request.bias_S)
    model = install(model, result, request.target)
    fit_tokenizer(tokenizer, source_tokenizer, model.config)
    carry_template(source_tokenizer, tokenizer)
    with _artifact(job, report) as staging:
        written = write_model(model, staging)
        if text is not None and expected is not None:
            text.compare(written, result.bias_T, expected)
        write_tokenizer(tokenizer, staging)
        write_json(staging / "initialization.json", report)
        save_weights(result.weights, staging / "weights.npz")
    _log(report)
    return report


def fit_tokenizer(tokenizer: Any, source: Any, config: Any) -> None:
    """Let a tokenizer send a model what it knows: its length, token types if it has any."""
    tokenizer.model_max_length = source.model_max_length
    if not has_token_types(config) or TOKEN_TYPES not in source.model_input_names:
        names = [name for name in tokenizer.model_input_names if name != TOKEN_TYPES]
        tokenizer.model_input_names = names


def _artifact(job: Transfer, report: Mapping[str, Any]) -> AbstractContextManager[Path]:
    inputs = opened({"model": job.source_model, "tokenizer": job.target_tokenizer})
    settings = job.settings.model_dump(mode="json", exclude_unset=True)
    settings |= {"method": report["method"], "seed": job.seed}
    return new_artifact(
        job.output, "model", settings=settings, inputs=inputs | job.evidence.artifacts()
    )


def _log(report: Mapping[str, Any]) -> None:
    rows = ", ".join(f"{count} {name}" for name, count in report["rows"].items() if count)
    logger.info("%s: %s; coverage %.1f %%", report["method"], rows, 100 * report["coverage"])
    if report["rows"]["fill"]:
        logger.info("filled, nothing is known of them: %s ...", " ".join(report["filled"][:10]))


def _require_origin(alignment: Path, side: str, vectors: Path | None) -> None:
    """A map for other vectors of the same dimension would pass, and bring words together at random.

    Raises:
        InputError: the alignment's manifest names vectors of this side, and it is not these.
    """
    found = opened({"alignment": alignment, "vectors": vectors} if vectors else {})
    if len(found) < 2:
        return
    origin = found["alignment"].manifest.inputs.get(side)
    if origin and origin != found["vectors"].digest:
        raise InputError(
            f"alignment {alignment} was not made for the {side} vectors {vectors}: "
            "give those that it was made for, or align these"
        )


def _vectors(path: Path | None) -> VectorSet | None:
    return None if path is None else VectorSet.load(path)


def read_method(name: str | None, settings: str | None, options: Sequence[str]) -> Method:
    """The settings of a method from its name, a settings file or text, and `key=value` options.

    Raises:
        ConfigError: there is no method, or an option is unknown or has a wrong value.
    """
    content = dict(read_settings(settings)) if settings else {}
    if name is not None:
        content["method"] = name
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise ConfigError(f"--set expects key=value, got {option!r}")
        content[key] = parse_yaml(value, f"--set {option!r}: the value")
    known = ", ".join(sorted(METHODS))
    if content.get("method") not in METHODS:
        raise ConfigError(f"--method must be one of {known}; got {content.get('method')!r}")
    try:
        return _ADAPTER.validate_python(content)
    except ValidationError as error:
        problems = "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in error.errors())
        raise ConfigError(f"{content['method']}: {problems}") from None
