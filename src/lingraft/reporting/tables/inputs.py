"""The tables of inputs: tokenizers, text, licenses, versions, and gaps."""

from collections.abc import Iterator, Mapping
from typing import Any

from lingraft.artifacts import CorpusFacts, DownloadFacts, ModelFacts
from lingraft.corpus.normalizing import described
from lingraft.corpus.scripts import script_warning
from lingraft.evaluation.tasks.tokenizer import SHARED, SHARED_AS_WRITTEN
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.tables.table import LANGUAGE, Column, Table
from lingraft.stages.references import converted_model


def tokenizer_table(collection: Collected) -> Table:
    """The scores of each tokenizer on held-out text, or else the metrics of its training."""
    rows: list[dict[str, Any]] = []
    for name in dict.fromkeys([*collection.tokenizer_results, *collection.tokenizers]):
        result = collection.tokenizer_results.get(name)
        if result is None:
            numbers = dict(_flat(collection.tokenizers[name]))
            rows += [{"tokenizer": name, "metric": k, "value": v} for k, v in numbers.items()]
            continue
        rows += [
            {"tokenizer": name, "language": s.language, "system": s.system, "value": s.value}
            | {"metric": f"{s.metric} {s.setting}".strip(), "note": s.note}
            for s in result.scores
            if s.metric not in (SHARED, SHARED_AS_WRITTEN)
        ]
    columns = [
        Column("tokenizer", "Tokenizer"),
        LANGUAGE,
        Column("metric", "Metric"),
        Column("system", "Of"),
        Column("value", "Value", "number"),
        Column("note", "Note"),
    ]
    return Table("tokenizers", "Tokenizers", columns, rows)


def shared_table(config: Config, collection: Collected) -> Table:
    """What the vocabularies of a run's corpora share, before and after the normalizer."""
    rows: list[dict[str, Any]] = []
    sizes: set[str] = set()
    warnings: dict[str, None] = {}
    for name, result in collection.tokenizer_results.items():
        found: dict[str, dict[str, Any]] = {}
        for score in result.scores:
            if score.metric in (SHARED, SHARED_AS_WRITTEN):
                one, other = score.setting.split()
                row = found.setdefault(score.setting, {"tokenizer": name, "documents": score.n})
                row |= {"one": one, "other": other, score.metric: score.value}
                sizes.add(str(result.settings.get("shared_entries")))
                warnings |= dict.fromkeys([score.note] if score.note else [])
        rows += [_as_written(config, row) for row in found.values()]
    columns = [
        Column("tokenizer", "Tokenizer"),
        Column("one", "Corpus"),
        Column("other", "Beside"),
        Column("language", "Language beside"),
        Column(SHARED_AS_WRITTEN, "As people write", "number", "Entries in common"),
        Column(SHARED, "As models read", "number", "Entries in common"),
        Column("normalizer", "Normalizer"),
        Column("documents", "Documents", "integer", hint="of the smaller corpus"),
    ]
    note = (
        f"Jaccard index (0 to 1) of two vocabularies of {', '.join(sorted(sizes))} entries, one "
        "learned on the text of each corpus alone (BPE over words), entries of one character not "
        "counted: what a vocabulary of one language is worth to another. It has no interval: the "
        "vocabularies are learned once. Words of Latin letters inside the text, numbers and signs "
        "count too."
    )
    title = "What vocabularies have in common"
    return Table("shared-entries", title, columns, rows, note, tuple(warnings))


def _as_written(config: Config, row: dict[str, Any]) -> dict[str, Any]:
    """A row with both columns: text without a normalizer is read as people write it."""
    corpora = [config.corpora.get(row[side]) for side in ("one", "other")]
    names = [corpus.normalizer.name for corpus in corpora if corpus is not None]
    return {SHARED_AS_WRITTEN: row[SHARED], **row} | {
        "language": corpora[1].language if corpora[1] is not None else None,
        "normalizer": ", ".join(dict.fromkeys(names)),
    }


def data_table(collection: Collected) -> Table:
    """What was downloaded, in which version and under which license."""
    columns = [
        Column("name", "Download"),
        Column("origin", "From"),
        Column("version", "Version"),
        Column("license", "License"),
        Column("sha256", "SHA-256"),
    ]
    rows = []
    for place, manifest in collection.manifests.items():
        facts = manifest.facts
        if not isinstance(facts, DownloadFacts):
            continue
        origin = facts.package or facts.repository or facts.url
        rows.append(
            {
                "name": place.partition("/")[2],
                "origin": origin or facts.path or "local",
                "version": facts.version,
                "license": facts.license or "not stated: check before you publish",
                "sha256": manifest.digest,
            }
        )
    return Table("data", "Data and licenses", columns, rows)


def precision_table(config: Config, collection: Collected) -> Table:
    """What source models that come from a quantized file have in how many bits."""
    columns = [
        Column("model", "Model"),
        Column("kind", "Weights"),
        Column("type", "Type"),
        Column("bits", "Bits a weight", "number"),
        Column("share", "Share of all", "share"),
        Column("error", "Estimated error", "share", hint="root mean square, of the weights' own"),
    ]
    rows = []
    for name in config.models:
        manifest = collection.manifests.get(converted_model(name))
        facts = manifest.facts if manifest else None
        for part in facts.stored_parts if isinstance(facts, ModelFacts) else ():
            row = {"model": name, "kind": part.kind, "type": part.type, "share": part.share}
            rows.append(row | {"bits": part.bits_per_weight, "error": part.relative_error})
    note = (
        "Estimated from the steps of the file's grid: a number that was rounded to steps of s is "
        "wrong by s / sqrt(12) in the root mean square. The original is not in the file, so no "
        "error was measured against it. A dash: the type has no equal steps."
    )
    return Table("precision", "Precision of quantized source models", columns, rows, note)


def corpus_table(config: Config, collection: Collected) -> Table:
    """Size of each corpus, by split, and what its normalizer does to it."""
    columns = [
        Column("name", "Corpus"),
        LANGUAGE,
        Column("train", "Training documents", "integer"),
        Column("train_bytes", "Training bytes", "bytes"),
        Column("valid", "Held-out documents", "integer"),
    ]
    if any(corpus.normalizer.name != "none" for corpus in config.corpora.values()):
        columns += _NORMALIZED
    rows, warnings, notes = [], [], []
    for name, corpus in config.corpora.items():
        manifest = collection.manifests.get(f"corpora/{name}")
        facts = manifest.facts if manifest else None
        own = facts if isinstance(facts, CorpusFacts) else None
        splits = own.splits if own else {}
        train, valid = splits.get("train", {}), splits.get("valid", {})
        rows.append(
            {
                "name": name,
                "language": corpus.language,
                "train": train.get("documents"),
                "train_bytes": train.get("bytes"),
                "valid": valid.get("documents"),
                **(_normalized(own) if own else {}),
            }
        )
        if own:
            warnings.append(script_warning(name, corpus.language, own.scripts))
            notes.append(_lost_most(name, own))
    note = " ".join(filter(None, notes))
    return Table("corpora", "Text", columns, rows, note, list(filter(None, warnings)))


def _lost_most(name: str, facts: CorpusFacts) -> str:
    """Which characters of a corpus do not come back, or that nothing does; empty otherwise."""
    if not facts.normalizer:
        return ""
    if facts.normalized.get("comes_back") is False:
        return f"{name}: nothing comes back from {facts.normalizer['name']}."
    most = list(facts.normalized.get("lost_most", {}).items())[:_SHOWN]
    signs = ", ".join(f"{sign} ({n})" for sign, n in most)
    return f"{name} loses most: {signs}." if signs else ""


_SHOWN = 3  # characters that come back least
_NORMALIZED = (
    Column("normalizer", "Normalizer"),
    Column("lost_words", "Words lost", "share", hint="not as before after the way there and back"),
    Column("lost_characters", "Characters lost", "share"),
    Column("whole_texts", "Texts that come back whole", "share"),
    Column("latin_words", "Latin words", "integer", hint="marked, or kept among romanized ones"),
    Column("foreign", "Letters of other scripts", "integer"),
)


def _normalized(facts: CorpusFacts) -> dict[str, Any]:
    """How a corpus was written anew, and what of it does not come back."""
    told = facts.normalized
    if not facts.normalizer:
        return {}
    return {
        "normalizer": described(facts.normalizer),
        "lost_words": told.get("lost_words"),
        "lost_characters": told.get("lost_characters"),
        "whole_texts": told.get("whole_texts", 0.0 if told.get("comes_back") is False else None),
        "latin_words": told.get("latin_words"),
        "foreign": told.get("letters_of_other_scripts"),
    }


def version_table(collection: Collected) -> Table:
    """Versions of the packages that made the artifacts; two versions mean two environments."""
    found: dict[str, dict[str, None]] = {}
    for manifest in collection.manifests.values():
        for package, version in manifest.versions.items():
            found.setdefault(package, {})[version] = None
    rows = [{"package": name, "version": ", ".join(found[name])} for name in sorted(found)]
    columns = [Column("package", "Package"), Column("version", "Version")]
    return Table("versions", "Versions", columns, rows)


def gap_table(collection: Collected) -> Table:
    """What the configuration promises and the results do not have."""
    columns = [Column("what", "Missing"), Column("reason", "Why")]
    rows = [{"what": gap.what, "reason": gap.reason} for gap in collection.gaps]
    note = "Missing results are left out of every mean and counted beside it; they are not zeros."
    return Table("gaps", "What is missing", columns, rows, note)


def _flat(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key} ")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{key}", float(value)
