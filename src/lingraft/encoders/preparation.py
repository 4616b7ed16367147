"""What a loss prepares for its stage: made once, kept beside the checkpoints.

Shapes: N texts, E dimensions of a vector.
"""

import logging
from collections.abc import Sequence

import numpy as np
from safetensors.torch import load_file, save_file
from torch import Tensor

from lingraft.artifacts import atomic_path
from lingraft.encoders.batches import ExampleSampler
from lingraft.encoders.job import TuningInputs, TuningJob
from lingraft.encoders.loss import Material
from lingraft.encoders.student import Student
from lingraft.encoders.teacher import Teacher
from lingraft.errors import InputError
from lingraft.numeric.arrays import Float32
from lingraft.training.session import Session

logger = logging.getLogger(__name__)


def prepare_stage(
    job: TuningJob,
    inputs: TuningInputs,
    number: int,
    sampler: ExampleSampler,
    student: Student,
    session: Session,
    *,
    goes_on: bool,
) -> dict[str, Tensor]:
    """What the loss of a stage prepares, made by the main process unless it is there.

    Args:
        job: the tuning.
        inputs: its inputs, which say the form of the examples.
        number: of the stage.
        sampler: the examples of the stage.
        student: as the stage before left it.
        session: the state and the processes.
        goes_on: whether steps of the stage have been made already.

    Raises:
        InputError: the examples are of no use to the loss, or what was prepared is lost.
    """
    stage, world = job.recipe.stages[number], session.world
    path = session.folder / f"prepared-{number}.safetensors"
    if goes_on and not path.exists():
        raise InputError(f"{path} is lost, and this stage began with it; delete {session.folder}")
    if world.is_main and not path.exists():
        logger.info("preparing %s", stage.loss.name)
        length, device = job.recipe.maximum_length, str(world.device)
        material = Material(
            examples=sampler.examples,
            form=inputs.forms[stage.data[0]],
            used=[int(n) for n in sampler.used()],
            student=student.encoder,
            embed=lambda texts: student_vectors(student, texts),
            teach=Teacher(job.teacher, length, device, job.vectors).embed,
            start=job.model,
            work=session.folder,
            seed=job.seed,
        )
        prepared = stage.loss.prepare(material)
        with atomic_path(path) as temporary:
            save_file({name: t.contiguous() for name, t in prepared.items()}, temporary)
    world.barrier()
    stored: dict[str, Tensor] = load_file(path)
    return stored


def student_vectors(student: Student, texts: Sequence[str]) -> Float32:
    """Vectors of texts by the student, without gradients or dropout, N x E."""
    student.encoder.eval()
    made = student.encoder.encode(list(texts), show_progress_bar=False, convert_to_numpy=True)
    return np.asarray(made, dtype=np.float32)
