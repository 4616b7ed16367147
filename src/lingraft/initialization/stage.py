"""The entry of the room: folders in, a model folder out."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from lingraft.artifacts import (
    Artifact,
    Facts,
    ModelFacts,
    TokenizerFacts,
    fingerprint,
    new_artifact,
    open_given,
    opened,
    write_json,
)
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.calibration.calibrate import Calibration, calibrate
from lingraft.initialization.calibration.scales import Scales
from lingraft.initialization.evidence.alike import require_evidence_alike
from lingraft.initialization.evidence.domains import measure_domains
from lingraft.initialization.generation.quality import BETTER, sentence
from lingraft.initialization.generation.trained import TrainedGenerator
from lingraft.initialization.initialize import initialize
from lingraft.initialization.installing.copied_text import CopiedText
from lingraft.initialization.installing.install import install, read_matrices
from lingraft.initialization.method import Method
from lingraft.initialization.report import build_report, save_weights
from lingraft.initialization.request import Evidence, Request
from lingraft.models.loading import load_model
from lingraft.models.objective import is_causal
from lingraft.models.token_types import TOKEN_TYPES, has_token_types
from lingraft.models.writing import write_model
from lingraft.outputs import require_output
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import write_tokenizer
from lingraft.tokenizers.templates import carry_template
from lingraft.tokenizers.text_normalizer import read_mark
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.vectorset import VectorSet

logger = logging.getLogger(__name__)

_DOMAINS = 1  # raised where the same vectors and text get other distances


@dataclass(frozen=True)
class EvidencePaths:
    """Where the evidence is, under the names that `Evidence` has for it.

    Vectors are artifact folders, `.vec`, `.vec.gz` or fastText `.bin`.
    """

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
    generator: Path | None = None

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
        dictionaries = [path / "dictionary.tsv" for path in self.alignments]
        return Evidence(
            source_vectors=_vectors(self.source_vectors),
            target_vectors=[VectorSet.load(path) for path in self.target_vectors],
            alignments=[Alignment.load(path) for path in self.alignments],
            multilingual_vectors=_vectors(self.multilingual_vectors),
            dictionary=self.dictionary,
            dictionaries=[*([self.dictionary] if self.dictionary else []), *dictionaries],
            parallel=self.parallel,
            corpora=self.corpora,
            token_vectors=_vectors(self.token_vectors),
            language_tokenizer=self.language_tokenizer and load_tokenizer(self.language_tokenizer),
            donor=self.donor,
            generator=self.generator and TrainedGenerator.load(self.generator),
        )

    def given(self) -> dict[str, Path]:
        """The evidence that is given, by name; of several of a kind each has a number."""
        named: dict[str, Path] = {}
        for name in (field.name for field in fields(EvidencePaths)):
            value = getattr(self, name)
            if isinstance(value, Path):
                named[name] = value
            elif value is not None:
                named |= {f"{name}-{number}": path for number, path in enumerate(value)}
        return named

    def artifacts(self) -> dict[str, Artifact[Facts]]:
        """The evidence that is an artifact, opened, for the manifest of what is made of it.

        Raises:
            ArtifactError: one is damaged.
        """
        return opened(self.given())


@dataclass(frozen=True, kw_only=True)
class Transfer(EvidencePaths):
    """One initialization of a model on disk: all that it reads, and where it writes."""

    source_model: Path
    """The model to start from, with its tokenizer."""
    target_tokenizer: Path
    """The tokenizer whose vocabulary the model gets."""
    method: Method
    output: Path
    seed: int = 0
    """Of filled rows."""
    kept: Path | None = None
    """Folder for what is counted and measured of text, which initializations share; None keeps
    nothing."""


def transfer(job: Transfer) -> dict[str, Any]:
    """Write the initialized model to `job.output` and return its report.

    Raises:
        ConfigError: the method lacks evidence, or the output is not a place for a result.
        InputError: an input is damaged or does not fit the others.
    """
    read = {"source model": job.source_model, "target tokenizer": job.target_tokenizer}
    require_output(job.output, read | job.given())
    _require_head(open_given(job.source_model, ModelFacts), job.source_model)
    open_given(job.target_tokenizer, TokenizerFacts)
    model = load_model(job.source_model)
    _require_rows(model, job.source_model)
    _require_width(job.method, getattr(model.config, "factorized_width", None), job.source_model)
    tokenizer = load_tokenizer(job.target_tokenizer)
    source_tokenizer = load_tokenizer(job.source_model)
    require_evidence_alike(read_mark(tokenizer), str(job.target_tokenizer), job.artifacts())
    request = Request(
        TokenTable(source_tokenizer),
        TokenTable(tokenizer),
        **read_matrices(model),
        evidence=job.load(),
        seed=job.seed,
        kept=job.kept,
    )
    if job.method.rescale == "mean" and request.output_SD is None and is_causal(model.config):
        logger.warning(
            "rescale: mean makes combined rows as long as the source's, and so the logits of new "
            "tokens, because this decoder's output layer is its embedding; rescale: none lowers "
            "the loss"
        )
    result = initialize(request, job.method)
    report = build_report(request, result, job.method.model_dump(mode="json"))
    names = [path.name for path in job.target_vectors]
    named = list(zip(names, request.evidence.target_vectors, strict=True))
    if domains := measure_domains(named, job.corpora, _kept_domains(job)):
        report["domains"] = domains
    text = CopiedText.of(request, result)
    # The source answers before `install` gives its tensors to the new model.
    expected = None if text is None else text.ask(model, request.bias_S)
    plain = install(model, result, request.target)
    model, account = job.method.rebuilt(plain, request)
    report |= account
    fit_tokenizer(tokenizer, source_tokenizer, model.config)
    carry_template(source_tokenizer, tokenizer)
    calibration = _calibrate(model, tokenizer, job, report["bias_policy"])
    if calibration is not None:
        report["calibration"] = calibration.as_record()
    with _artifact(job) as staging:
        written = write_model(model, staging)
        # A model of another kind answers in its own way.
        if text is not None and expected is not None and model is plain:
            scales = Scales() if calibration is None else calibration.scales
            bias_T = None if result.bias_T is None else scales.bias * result.bias_T
            text.compare(written, bias_T, scales.logits * expected)
        write_tokenizer(tokenizer, staging)
        write_json(staging / "initialization.json", report)
        save_weights(result.weights, staging / "weights.npz")
    _log(report)
    return report


def _kept_domains(job: Transfer) -> Path | None:
    """Where distances of domains are kept; None where something read is a user's own file."""
    if job.kept is None:
        return None
    read = {
        name: path
        for name, path in job.given().items()
        if name.startswith(("target_vectors", "corpora"))
    }
    artifacts = opened(read)
    if len(artifacts) < len(read):
        return None
    # The digest is of the files alone, and a corpus says its language in its manifest.
    question = {
        name: [read[name].name, made.digest, getattr(made.facts, "language", None)]
        for name, made in artifacts.items()
    }
    return job.kept / f"domains-{fingerprint([_DOMAINS, question])[:24]}.json"


def _calibrate(model: Any, tokenizer: Any, job: Transfer, policy: str) -> Calibration | None:
    """Calibrate the new model, where the method wants it and there is text."""
    method = job.method
    if not method.calibration_tokens:
        return None
    if method.extends_source:
        logger.info("no calibration: the old tokens keep what the source model says of them")
        return None
    if not job.corpora:
        logger.info("no calibration: there is no text of the target language (`corpora=`)")
        return None
    most_bias = None
    if policy == "unigram" and method.bias_scale:
        # A bias of unscaled log frequencies is the head's own prior: more of it means nothing.
        most_bias = max(1.0, 1 / method.bias_scale)
    return calibrate(model, tokenizer, job.corpora, method.calibration_tokens, most_bias)


def fit_tokenizer(tokenizer: Any, source: Any, config: Any) -> None:
    """Let a tokenizer send a model only inputs that it knows, and no longer ones, in place.

    Args:
        tokenizer: the target's, to be changed.
        source: the source's, whose length and inputs the model knows.
        config: the model's configuration; it says whether there are token types.
    """
    tokenizer.model_max_length = source.model_max_length
    if not has_token_types(config) or TOKEN_TYPES not in source.model_input_names:
        names = [name for name in tokenizer.model_input_names if name != TOKEN_TYPES]
        tokenizer.model_input_names = names


def _artifact(job: Transfer) -> AbstractContextManager[Path]:
    inputs = opened({"model": job.source_model, "tokenizer": job.target_tokenizer})
    settings = job.method.model_dump(mode="json", exclude_unset=True)
    settings |= {"method": job.method.name(), "seed": job.seed}
    return new_artifact(job.output, "model", settings=settings, inputs=inputs | job.artifacts())


def _log(report: Mapping[str, Any]) -> None:
    rows = ", ".join(f"{count} {name}" for name, count in report["rows"].items() if count)
    logger.info("%s: %s; coverage %.1f %%", report["method"], rows, 100 * report["coverage"])
    generator = report.get("generator")
    if generator is not None and generator["quality"]["verdict"] != BETTER:
        called = f"generator {generator['name']}"
        logger.warning("%s", sentence(called, generator["quality"]))
    if report["rows"]["fill"]:
        logger.info("filled, nothing is known of them: %s ...", " ".join(report["filled"][:10]))


def _require_head(source: Artifact[ModelFacts] | None, folder: Path) -> None:
    if source is not None and source.facts.drawn:
        raise InputError(
            f"model in {folder} came without a language modeling head, and a new one is random; "
            "give this model `head:` in the configuration, which warms the new head up"
        )


def _require_width(method: Method, width: int | None, folder: Path) -> None:
    """Refuse another width for embeddings that are factorized: their primitives stay."""
    if width is not None and method.width not in (None, width):
        raise ConfigError(
            f"width: the embeddings of the model in {folder} are factorized already, with width "
            f"{width}; unset width, or start from what scripts/export_model.py --dense makes of it"
        )


def _require_rows(model: Any, folder: Path) -> None:
    if hasattr(model.config, "byte_maximum"):
        raise InputError(
            f"model in {folder} reads the bytes of words and has no rows that a vocabulary could "
            "be made of; start from the model that it was made of"
        )


def _require_origin(alignment: Path, side: str, vectors: Path | None) -> None:
    """Check that an alignment was made for these vectors.

    One that was made for other vectors of the same dimension could be applied without an error, but
    its neighbors would be random.

    Raises:
        InputError: the alignment's manifest names other vectors of this side.
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
