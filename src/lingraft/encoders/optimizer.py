"""AdamW over the parameters of a trainee, with its moments by name."""

import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from lingraft.encoders.settings import TunedEncoder
from lingraft.training.parameters import Group, as_optimizer_groups

_MOMENTS = ("exp_avg", "exp_avg_sq")


class TuningOptimizer:
    """AdamW whose state leaves and enters as plain tensors by name.

    Args:
        groups: what is trained, at which peak rate.
        recipe: the settings of AdamW.
    """

    def __init__(self, groups: Sequence[Group], recipe: TunedEncoder) -> None:
        self.groups = groups
        self.steps = 0
        self._adamw = torch.optim.AdamW(
            as_optimizer_groups(list(groups)),
            betas=(recipe.beta1, recipe.beta2),
            eps=recipe.epsilon,
            fused=True,
        )

    def update(self, share: float, clipping: float) -> float:
        """Make an update, unless a gradient is not finite; return the norm of the gradient.

        Args:
            share: of the peak learning rates.
            clipping: largest norm of the gradient; 0: no clipping.
        """
        trained = [p for entry in self.groups for p in entry.parameters]
        # With an infinite limit `clip_grad_norm_` changes nothing, but still returns the norm.
        norm = float(nn.utils.clip_grad_norm_(trained, clipping or math.inf))
        if math.isfinite(norm):
            for entry, settings in zip(self.groups, self._adamw.param_groups, strict=True):
                settings["lr"] = entry.learning_rate * share
            self._adamw.step()
            self.steps += 1
        self._adamw.zero_grad(set_to_none=True)
        return norm

    def moments(self, named: Mapping[str, nn.Parameter]) -> Iterator[tuple[str, Tensor]]:
        """The moments as `<name>.exp_avg` and `<name>.exp_avg_sq`; parameters that never had a
        gradient have none."""
        for name, parameter in named.items():
            state = self._adamw.state.get(parameter, {})
            for moment in _MOMENTS:
                if moment in state:
                    yield f"{name}.{moment}", state[moment].detach()

    def load_moments(
        self, named: Mapping[str, nn.Parameter], tensors: Mapping[str, Tensor], steps: int
    ) -> None:
        """Continue after so many updates with these moments.

        Args:
            named: the parameters by name.
            tensors: as `moments` gives them.
            steps: updates that were made.
        """
        self.steps = steps
        for name, parameter in named.items():
            found = {m: tensors[f"{name}.{m}"] for m in _MOMENTS if f"{name}.{m}" in tensors}
            if found:
                step = torch.tensor(float(steps), device=parameter.device)
                moved = {m: value.to(parameter.device) for m, value in found.items()}
                self._adamw.state[parameter] = {"step": step, **moved}
