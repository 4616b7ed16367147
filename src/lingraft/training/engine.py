"""One stage of training on DeepSpeed, and its state as plain full tensors.

Whatever the ZeRO stage, the state leaves and enters as whole fp32 tensors by parameter name
(weights and the two moments of Adam), so a checkpoint fits any number of processes and any stage.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import deepspeed
import torch
from deepspeed.utils import (
    safe_get_full_fp32_param,
    safe_get_full_optimizer_state,
    safe_get_local_fp32_param,
    safe_set_local_fp32_param,
    safe_set_local_optimizer_state,
)
from torch import Tensor, nn

from lingraft.config.pretraining import Pretraining
from lingraft.config.training_stages import FilledStage
from lingraft.models.attention import choose_attention
from lingraft.training.batches import Batch, BatchCounts
from lingraft.training.compiling import compile_layers
from lingraft.training.gathering import (
    aligned_first,
    compile_whole,
    gather_by_layer,
    whole_layers,
)
from lingraft.training.layout import Layout, deepspeed_config, observes_layers
from lingraft.training.master_weights import MasterWeights
from lingraft.training.objectives import LanguageModeling, to_tensors
from lingraft.training.parameters import Group, as_optimizer_groups, group
from lingraft.training.selection import trainable
from lingraft.training.world import World

MOMENTS = ("exp_avg", "exp_avg_sq")
_SCALER_STATE = ("cur_scale", "cur_iter", "last_overflow_iter", "cur_hysteresis")


@dataclass(frozen=True)
class Update:
    """What one optimizer step did."""

    nats: float  # of this process, summed over its predictions
    gradient_norm: float  # of the global batch, before clipping
    applied: bool
    skipped_on_purpose: bool = False


class Engine:
    """A model in its objective, its optimizer and DeepSpeed around them, for one stage."""

    def __init__(
        self,
        objective: LanguageModeling,
        recipe: Pretraining,
        stage: FilledStage,
        layout: Layout,
        world: World,
        held: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.world, self.layout, self.recipe = world, layout, recipe
        self.objective, self.hf_model = objective, objective.model
        model = self.hf_model
        held = held or {}
        self.groups = group(model, recipe, stage, held)
        self._whole: list[nn.Module] = []
        if layout.zero_stage == 3:
            self.groups = aligned_first(self.groups)
            is_observed = observes_layers(stage, layout.activation_checkpointing)
            self._whole = whole_layers(model, is_observed)
        self._rate, self._is_decayed = 0.0, True
        # What is free in parameters that are held in part; AdamW decays all of one or nothing.
        self._free = {
            id(p): ~held[name].to(world.device)
            for name, p in model.named_parameters()
            if name in held and p.ndim > 1
        }
        # Parameters that no stage trains are those of the source model, so the state omits them.
        self.kept = trainable(model, recipe)
        # Parameters that only other stages train: in low precision the model's copy is rounded, so
        # their fp32 values are kept here.
        self.frozen = {
            name: p.detach().clone() if layout.precision != "fp32" or layout.zero_stage == 3 else p
            for name, p in model.named_parameters()
            if not p.requires_grad and name in self.kept
        }
        # ZeRO would make the optimizer's fp32 weights of the rounded ones.
        exact = {
            name: p.detach().clone()
            for name, p in model.named_parameters()
            if p.requires_grad and layout.precision != "fp32" and layout.zero_stage
        }
        self._prepare(model, stage.sequence_length)
        self.masters = self._masters()
        optimizer = torch.optim.AdamW(
            as_optimizer_groups(self._optimized()),
            betas=(recipe.beta1, recipe.beta2),
            eps=stage.epsilon,
            fused=True,
        )
        if self.masters:
            optimizer.register_step_post_hook(self.masters.publish)
        if layout.zero_stage == 3:
            gather_by_layer(self.objective, self._whole)
        self.engine, *_ = deepspeed.initialize(
            model=self.objective,
            optimizer=optimizer,
            config=deepspeed_config(recipe, layout, world.size),
            dist_init_required=False,
        )
        self.engine.train()
        if not layout.zero_stage and world.size == 1:
            # There is nobody to reduce gradients with, and DeepSpeed would copy each of them.
            self.engine.enable_backward_allreduce = False
        self._restart_optimizer()
        if self._free and recipe.weight_decay:
            self.torch_optimizer.register_step_pre_hook(self._decay_free)
        if exact:
            self._load_masters(exact)

    def _prepare(self, model: Any, length: int) -> None:
        choose_attention(model, self.world.device, self.layout.precision, length)
        if self.layout.activation_checkpointing:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        if self.layout.compile and self.layout.zero_stage < 3:
            compile_layers(model)
        elif self.layout.compile:
            compile_whole(self._whole)
        model.to(self.world.device)

    def _masters(self) -> MasterWeights | None:
        """The fp32 weights of bf16 ones where ZeRO does not keep them."""
        if self.layout.precision != "bf16" or self.layout.zero_stage:
            return None
        trained = [p for entry in self.groups for p in entry.parameters]
        return MasterWeights(self.hf_model, trained)

    def _weights_of(self, parameter: Any) -> Any:
        """What the optimizer trains for a parameter, without ZeRO."""
        return self.masters.of(parameter) if self.masters else parameter

    def _optimized(self) -> list[Group]:
        """The groups with what the optimizer trains."""
        return [
            replace(entry, parameters=[self._weights_of(p) for p in entry.parameters])
            for entry in self.groups
        ]

    @property
    def torch_optimizer(self) -> Any:
        """AdamW itself, under DeepSpeed's wrapper if there is one."""
        return getattr(self.engine.optimizer, "optimizer", self.engine.optimizer)

    def update(
        self,
        batches: Sequence[tuple[int, Batch]],
        counts: BatchCounts,
        rate: float,
        accept: Callable[[float], bool] | None = None,
    ) -> Update:
        """One optimizer step over this process's micro-batches.

        Args:
            batches: (seed of the dropout, batch) of each micro-batch.
            counts: of the whole global batch; the loss is a mean over its predictions.
            rate: share of the peak learning rates.
            accept: asked with the global batch's loss before the update is made; costs a
                synchronization.
        """
        self._rate, self._is_decayed = rate, False
        for entry, settings in zip(self.groups, self.engine.optimizer.param_groups, strict=True):
            settings["lr"] = entry.learning_rate * rate
        # DeepSpeed divides by processes and micro-batches; the mean is over predictions instead.
        predictions = max(1, counts.predictions)
        scale = self.world.size * self.layout.accumulation / predictions
        shares = self.objective.shares(counts)
        total = torch.zeros((), device=self.world.device, dtype=torch.float64)
        norm, skipped = math.nan, False
        for number, (seed, batch) in enumerate(batches, 1):
            # The seed depends on the micro-batch alone. So dropout is the same after a restart, and
            # with another number of processes.
            torch.manual_seed(seed)
            nats = self.engine(**to_tensors(batch, self.world.device), **shares)
            total += nats.detach()
            is_last = number == len(batches)
            if is_last and accept:
                # Every process gets the same sum, so all of them skip the update or none does.
                skipped = not accept(self.world.sum(float(total))[0] / predictions)
            # A spike is noticed after the last forward pass, when other gradients exist already:
            # a loss of NaN makes the update as a whole invalid.
            # Every ZeRO stage skips an update whose gradients are NaN.
            self.engine.backward(nats * (math.nan if skipped else scale))
            if self.masters:
                self.masters.add_gradients()
            norm = self._clip() if is_last else norm
            # DeepSpeed counts the calls of `step` and updates the weights after the last
            # micro-batch only.
            self.engine.step()
        if self.layout.zero_stage:
            norm = float(self.engine.get_global_grad_norm())
        return Update(float(total), norm, math.isfinite(norm), skipped)

    def _clip(self) -> float:
        """Clip where DeepSpeed leaves it to us: it would step on non-finite gradients."""
        if self.layout.zero_stage:
            return math.nan
        # With an infinite limit `clip_grad_norm_` changes nothing, but still returns the norm.
        limit = self.recipe.gradient_clipping or math.inf
        trained = [p for entry in self._optimized() for p in entry.parameters]
        for parameter in trained:
            # A loss may not depend on all of them; AdamW keeps moments of those with a gradient.
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        norm = float(nn.utils.clip_grad_norm_(trained, limit))
        if not math.isfinite(norm):
            for parameter in trained:
                parameter.grad = None  # AdamW leaves parameters without gradient alone
        return norm

    def weights(self) -> Iterable[tuple[str, Tensor]]:
        """Name and full fp32 tensor of each parameter that some stage trains.

        A collective call: with ZeRO the tensors are gathered from all processes, so all of them
        must iterate to the end.
        """
        for name, parameter in self.hf_model.named_parameters():
            if name not in self.kept:
                continue
            if name in self.frozen:
                yield name, self.frozen[name].detach()
            elif self.layout.zero_stage:
                yield name, safe_get_full_fp32_param(parameter).detach()
            else:
                yield name, self._weights_of(parameter).detach()

    def moments(self) -> Iterable[tuple[str, Tensor]]:
        """Adam's moments as `<name>.exp_avg` and `<name>.exp_avg_sq`; a collective call."""
        # Before its first update AdamW may have no moments, and those that exist are zero.
        if not self.steps():
            return
        for name, parameter in self._trained():
            for moment in MOMENTS:
                yield f"{name}.{moment}", self._full_moment(parameter, moment).detach()

    def steps(self) -> int:
        """Updates that AdamW has made in this stage."""
        counts = [int(state.get("step", 0)) for state in self.torch_optimizer.state.values()]
        return max(counts, default=0)

    def load_moments(self, tensors: Mapping[str, Tensor], steps: int) -> None:
        """Continue with these moments (as `moments` gives them) after so many updates."""
        if not steps:
            return
        self._allocate_moments(steps)
        for name, parameter in self._trained():
            for moment in MOMENTS:
                self._set_moment(parameter, moment, tensors[f"{name}.{moment}"])

    def scaler_state(self) -> dict[str, float]:
        """The state of fp16's dynamic loss scale."""
        scaler = getattr(self.engine.optimizer, "loss_scaler", None)
        return {name: getattr(scaler, name) for name in _SCALER_STATE if hasattr(scaler, name)}

    def load_scaler_state(self, state: Mapping[str, float]) -> None:
        """Continue with this loss scale."""
        scaler = getattr(self.engine.optimizer, "loss_scaler", None)
        for name, value in state.items():
            if hasattr(scaler, name):
                setattr(scaler, name, value)

    def close(self) -> None:
        """Take DeepSpeed's hooks off the model."""
        self.engine.destroy()

    def _trained(self) -> Iterator[tuple[str, Any]]:
        for name, parameter in self.hf_model.named_parameters():
            if name in self.kept and name not in self.frozen:
                yield name, parameter

    def _decay_free(self, *_: Any) -> None:
        """Weight decay of what is free in parameters that are held in part.

        It comes right before AdamW's step, where AdamW decays the others. DeepSpeed lets AdamW see
        one group at a time, so this is called several times for an update.
        """
        if self._is_decayed:
            return
        self._is_decayed = True
        for entry in self.groups:
            shrink = self._rate * entry.learning_rate * self.recipe.weight_decay
            for parameter in entry.parameters:
                if (free := self._free.get(id(parameter))) is not None:
                    self._shrink(parameter, free, shrink)

    @torch.no_grad()
    def _shrink(self, parameter: Any, free: Tensor, shrink: float) -> None:
        """Make the free part of this process's fp32 weights smaller; no held bit changes."""
        whole = free.expand(getattr(parameter, "ds_shape", parameter.shape))
        if self.layout.zero_stage == 3:
            weights, chosen = (
                safe_get_local_fp32_param(parameter),
                self._partition(parameter, whole),
            )
        elif not self.layout.zero_stage:
            weights, chosen = self._weights_of(parameter), whole
            if weights.grad is None:  # the update is not valid
                return
        elif (mapping := parameter._hp_mapping) is not None:
            place = mapping.lp_fragment_address
            weights = mapping.get_hp_fragment()
            chosen = whole.flatten().narrow(0, place.start, place.numel)
        else:
            return
        weights.copy_(torch.where(chosen, weights * (1 - shrink), weights))

    def _load_masters(self, tensors: Mapping[str, Tensor]) -> None:
        """Set the fp32 weights behind low-precision ones, which were rounded when they entered."""
        for name, parameter in self._trained():
            value = tensors[name].to(self.world.device, torch.float32)
            if self.layout.zero_stage == 3:
                safe_set_local_fp32_param(parameter, self._partition(parameter, value))
            elif parameter._hp_mapping is not None:
                # `_hp_mapping` leads from a low-precision parameter to its part of the fp32
                # weights. It is None where this process has no part of the parameter.
                deepspeed.utils.safe_set_full_fp32_param(parameter, value)

    def _restart_optimizer(self) -> None:
        # DeepSpeed may allocate the optimizer's state by a step with zero gradients, which must not
        # count.
        for state in self.torch_optimizer.state.values():
            for value in state.values():
                value.zero_()

    def _allocate_moments(self, steps: int) -> None:
        if self.layout.zero_stage == 3:  # AdamW sees one of these flat partitions at a time
            parameters = self.engine.optimizer.fp32_partitioned_groups_flat
        else:
            groups = self.torch_optimizer.param_groups
            parameters = [p for entry in groups for p in entry["params"]]
        for parameter in parameters:
            state = self.torch_optimizer.state[parameter]
            # The fused AdamW wants `step` as a float tensor on the parameter's device, not as an
            # int.
            state["step"] = torch.tensor(float(steps), device=parameter.device)
            for moment in MOMENTS:
                state[moment] = torch.zeros_like(parameter, dtype=torch.float32)

    def _full_moment(self, parameter: Any, moment: str) -> Tensor:
        if not self.layout.zero_stage:
            state = self.torch_optimizer.state[self._weights_of(parameter)]
            return state[moment]  # type: ignore[no-any-return]
        if self.layout.zero_stage == 3:
            return safe_get_full_optimizer_state(parameter, moment)  # type: ignore[no-any-return]
        # Each element is in the fragment of exactly one process. So the sum of the zero-filled
        # buffers is the whole moment, without rounding.
        full = torch.zeros(parameter.numel(), device=self.world.device)
        for here, there in self._fragments(parameter, moment):
            full.narrow(0, here.start, here.numel).copy_(there)
        if self.world.size > 1:
            torch.distributed.all_reduce(full)
        return full.view_as(parameter)

    def _set_moment(self, parameter: Any, moment: str, value: Tensor) -> None:
        value = value.to(self.world.device)
        if not self.layout.zero_stage:
            self.torch_optimizer.state[self._weights_of(parameter)][moment].copy_(value)
        elif self.layout.zero_stage == 3:
            safe_set_local_optimizer_state(parameter, self._partition(parameter, value), moment)
        else:
            for here, there in self._fragments(parameter, moment):
                there.copy_(value.flatten().narrow(0, here.start, here.numel))

    def _fragments(self, parameter: Any, moment: str) -> Iterator[tuple[Any, Tensor]]:
        """This process's part of a parameter in ZeRO-1 and 2: its place in the parameter, and its
        moments.

        DeepSpeed's own accessors do not find the moments before the first step.
        """
        mapping = parameter._hp_mapping
        if mapping is not None:
            owner = self.engine.optimizer.single_partition_of_fp32_groups
            flat = self.torch_optimizer.state[owner[mapping.param_group_index]][moment]
            address = mapping.hp_fragment_address
            yield mapping.lp_fragment_address, flat.narrow(0, address.start, address.numel)

    def _partition(self, parameter: Any, value: Tensor) -> Tensor:
        """This process's part of a tensor in ZeRO-3, padded as DeepSpeed pads it."""
        size = safe_get_local_fp32_param(parameter).numel()
        padded = value.new_zeros(size * self.world.size)
        padded[: value.numel()] = value.flatten()
        return padded.narrow(0, size * self.world.rank, size)
