"""Give a model the vocabulary of another language, with initialized embeddings."""

from pathlib import Path
from typing import Any

from lingraft.arguments import split_paths
from lingraft.config.yaml_files import parse_yaml
from lingraft.errors import ConfigError
from lingraft.initialization.methods import check_method
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    source_model: Path,
    target_tokenizer: Path,
    output: Path,
    method: str | None = None,
    settings: str | None = None,
    set: list[str] | None = None,
    source_vectors: Path | None = None,
    target_vectors: str = "",
    alignment: str = "",
    dictionary: Path | None = None,
    multilingual_vectors: Path | None = None,
    parallel: str = "",
    corpora: str = "",
    token_vectors: Path | None = None,
    language_tokenizer: Path | None = None,
    donor: Path | None = None,
    generator: Path | None = None,
    seed: int = 0,
    kept: Path | None = None,
    threads: int = 1,
) -> None:
    """Initialize the embeddings of a new vocabulary and write the model.

    Args:
        source_model: folder of the model (with its tokenizer) to start from.
        target_tokenizer: folder of the new vocabulary's tokenizer.
        output: folder to write: model, tokenizer, initialization.json, weights.npz.
        method: name of the method, e.g. wechsel; instead of --settings.
        settings: the settings of the initialization as YAML, a file or the text itself.
        set: options of the method, as key=value key=value, over those of --settings.
        source_vectors: word vectors of the source language: artifact, .vec, .vec.gz or .bin.
        target_vectors: word vectors of the target language(s), separated by commas.
        alignment: alignment(s) of source and target vectors, separated by commas.
        dictionary: source and target words in two columns, to align with.
        multilingual_vectors: words of several languages in one space, keyed as swh:nyumba.
        parallel: corpora with aligned texts, separated by commas.
        corpora: corpora of target text, separated by commas.
        token_vectors: vectors of the target's tokens (FOCUS), if not trained here.
        language_tokenizer: the language's own tokenizer, where the new one extends the source's.
        donor: a model that owns the target tokenizer.
        generator: a trained generator of rows.
        seed: seed of filled rows.
        kept: folder for what is counted and measured of text, which initializations share.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    content = dict(read_settings(settings)) if settings else {}
    content |= read_options(set or [])
    if method is not None:
        content["method"] = method
    checked = check_method(content, "initialization settings")
    from lingraft.initialization.stage import Transfer, transfer

    job = Transfer(
        source_model=source_model,
        target_tokenizer=target_tokenizer,
        source_vectors=source_vectors,
        target_vectors=split_paths(target_vectors),
        alignments=split_paths(alignment),
        dictionary=dictionary,
        multilingual_vectors=multilingual_vectors,
        parallel=split_paths(parallel),
        corpora=split_paths(corpora),
        token_vectors=token_vectors,
        language_tokenizer=language_tokenizer,
        donor=donor,
        generator=generator,
        method=checked,
        output=output,
        seed=seed,
        kept=kept,
    )
    transfer(job)


def read_options(options: list[str]) -> dict[str, Any]:
    """`key=value` texts as keys and values; a value is YAML.

    Raises:
        ConfigError: one has no equals sign, or its value is not YAML.
    """
    content = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise ConfigError(f"`set=` expects key=value, got {option!r}")
        content[key] = parse_yaml(value, f"`set=` {option!r}: the value")
    return content


if __name__ == "__main__":
    run(main)
