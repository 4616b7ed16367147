"""Encode a corpus with a tokenizer into token files in datatrove's layout."""

from pathlib import Path

from lingraft.program import go_offline, run, use_threads


def main(tokenizer: Path, corpus: Path, output: Path, threads: int = 1) -> None:
    """Encode a corpus.

    Args:
        tokenizer: a tokenizer (or model) artifact.
        corpus: a corpus artifact.
        output: folder of the resulting artifact.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    from lingraft.tokenizers.stage import encode_corpus

    encode_corpus(tokenizer, corpus, output)


if __name__ == "__main__":
    run(main)
