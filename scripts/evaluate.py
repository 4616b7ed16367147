"""Measure one model with every configured task, or with one task by hand."""

from pathlib import Path

from lingraft.arguments import named_folders
from lingraft.config.checking import check_block
from lingraft.evaluation.configuration import Evaluation
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    model: Path,
    output: Path,
    settings: str = "{}",
    task: str | None = None,
    source_model: Path | None = None,
    corpora: str = "",
    pivots: str = "",
    evaluation_corpora: str = "",
    data: str = "",
    generators: str = "",
    state: Path | None = None,
    threads: int = 1,
) -> None:
    """Measure one model with every configured task, or with one task by hand.

    A result that was made with the same settings, weights and data is kept.

    Args:
        model: the model's folder; with --task the folder of what the task measures, which may be a
            tokenizer or an alignment.
        output: folder of the result files; with --task, the result file.
        settings: the `evaluation` block of the configuration, as YAML text or file.
        task: run this task alone, with its defaults where the settings have no block for it.
        source_model: the model that this one was made from; it embeds the pivot's sentences.
        corpora: held-out text in the model's languages, as name=folder,name=folder.
        pivots: for these corpora the corpus of the pivot language, under the same names.
        evaluation_corpora: held-out text that the model was never trained on, in the same form.
        data: other folders that the settings name; without a name, the folder is the corpus.
        generators: trained generators of rows that the settings name, in the same form.
        state: folder that lets a killed evaluation resume.
        threads: CPU threads.
    """
    go_offline()
    use_threads(threads)
    from lingraft.evaluation.stage import run_tasks
    from lingraft.evaluation.subject import PLAIN, ModelSubject
    from lingraft.evaluation.tasks import TASKS

    plain = {PLAIN: Path(data)} if data and "=" not in data else {}
    kind = TASKS[task].measures if task in TASKS else ModelSubject
    subject = kind.of(
        model,
        source_model=source_model,
        corpora=named_folders(corpora) | plain,
        pivots=named_folders(pivots),
        evaluation_corpora=named_folders(evaluation_corpora),
        data=plain or named_folders(data),
        generators=named_folders(generators),
        state=state,
    )
    chosen = check_block(Evaluation, read_settings(settings), "evaluation settings")
    run_tasks(chosen, subject, output, task)


if __name__ == "__main__":
    run(main)
