"""Give a model the vocabulary of another language, with initialized embeddings."""

import sys
from itertools import chain
from pathlib import Path

from lingraft import program
from lingraft.arguments import split_paths


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
    seed: int = 0,
    threads: int = 2,
) -> None:
    """Initialize the embeddings of a new vocabulary and write the model.

    Args:
        source_model: folder of the model (with its tokenizer) to start from.
        target_tokenizer: folder of the new vocabulary's tokenizer.
        output: folder to write: model, tokenizer, initialization.json, weights.npz.
        method: name of the method, e.g. wechsel; instead of --settings.
        settings: the settings of the initialization as YAML, a file or the text itself.
        set: options of the method, as key=value key=value; may be repeated.
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
        seed: seed of filled rows.
        threads: CPU threads.
    """
    program.use_threads(threads)
    program.go_offline()
    from lingraft.initialization.stage import EvidencePaths, Transfer, read_method, transfer

    evidence = EvidencePaths(
        source_vectors,
        split_paths(target_vectors),
        split_paths(alignment),
        dictionary,
        multilingual_vectors,
        split_paths(parallel),
        split_paths(corpora),
        token_vectors,
        language_tokenizer,
        donor,
    )
    options = read_method(method, settings, set or [])
    transfer(Transfer(source_model, target_tokenizer, options, output, evidence, seed))


def repeated(words: list[str], option: str) -> list[str]:
    """`--set a=1 b=2 --set=c=3` as the parser wants it: an option that appends, before each."""
    parts = (word.split("=", 1) if word.startswith(f"{option}=") else [word] for word in words)
    result: list[str] = []
    inside = False
    for word in chain.from_iterable(parts):
        if word.startswith("--"):
            inside = word == option
        result += [option + "+", word] if inside and word != option else [word] * (not inside)
    return result


if __name__ == "__main__":
    sys.argv[1:] = repeated(sys.argv[1:], "--set")
    program.run(main)
