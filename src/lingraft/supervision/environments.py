"""Conda environments of jobs, looked up when somebody asks for them.

For each job Snakemake works out its parameters and resources to know its environment, also where
conda is not used: a seventh of what planning a thousand languages takes.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

TESTED = "9.27."  # versions of Snakemake; in any other one nothing is changed


class LateEnvironments(dict[Any, Any]):
    """Environments by what describes them; Snakemake's own function fills them in."""

    fill: Callable[[], None] | None = None

    def get(self, key: Any, default: Any = None) -> Any:
        """One environment: when a job has ended, Snakemake records what it was."""
        self._complete()
        return super().get(key, default)

    def values(self) -> Any:
        """All environments: for their cleaning."""
        self._complete()
        return super().values()

    def _complete(self) -> None:
        if self.fill is not None:
            fill, self.fill = self.fill, None
            fill()


def look_up_on_demand(workflow: Any) -> bool:
    """Let Snakemake plan without the conda environments of jobs; returns whether it does.

    Args:
        workflow: Snakemake's.
    """
    import snakemake
    from snakemake.dag import DAG
    from snakemake.settings.types import DeploymentMethod

    used = workflow.deployment_settings.deployment_method
    if DeploymentMethod.CONDA in used or not snakemake.__version__.startswith(TESTED):
        return False
    original = DAG.update_conda_envs
    if hasattr(original, "on_demand"):
        return True

    def update_conda_envs(dag: Any) -> None:
        known = dag.conda_envs
        dag.conda_envs = known if isinstance(known, LateEnvironments) else LateEnvironments(known)
        dag.conda_envs.fill = partial(original, dag)

    update_conda_envs.on_demand = True  # type: ignore[attr-defined]
    DAG.update_conda_envs = update_conda_envs
    return True
