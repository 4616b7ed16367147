"""Write text as a model learned it, or what a model wrote as people write it."""

from pathlib import Path

from lingraft.program import run


def main(model: Path, language: str, text: Path, output: Path, back: bool = False) -> None:
    """Write text as a model learned it, or what a model wrote as people write it.

    Args:
        model: folder of a model or tokenizer, which says the normalizer of its text.
        language: of the text, as in hin_Deva.
        text: the file, UTF-8, one text on each line.
        output: the file to write.
        back: the text is a model's own and becomes that of people, as far as it comes back.
    """
    from lingraft.tokenizers.text_normalizer import write_anew

    write_anew(model, language, text, output, back=back)


if __name__ == "__main__":
    run(main)
