"""Write a configuration made so small that its whole graph finishes on two cores in minutes."""

from pathlib import Path

from lingraft.program import run


def main(config: Path, output: Path) -> None:
    """Write the configuration in small: same graph, made-up data, tiny models, a few steps.

    Args:
        config: the configuration file.
        output: the file to write.
    """
    import yaml

    from lingraft.artifacts import atomic_path
    from lingraft.experiment.loading import load
    from lingraft.experiment.scale import scale
    from lingraft.stages.settings import what_was_set

    small = what_was_set(scale(load(config)))
    text = yaml.safe_dump(small, sort_keys=False, allow_unicode=True, width=100)
    with atomic_path(output) as temporary:
        temporary.write_text(f"# {config} in small; made by {Path(__file__).name}\n{text}", "utf-8")


if __name__ == "__main__":
    run(main)
