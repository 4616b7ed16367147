"""Print what must be the same bits on every processor: comparisons of the report, to the last."""

import numpy as np

from lingraft.reporting.statistics import Examples, compare, compare_all

for seeds, examples, classes in ((1, 50, 1), (1, 333, 3), (3, 80, 1), (4, 41, 2)):
    rng = np.random.default_rng([seeds, examples, classes])
    shape = (seeds, examples, classes)
    systems = {
        # Integers and halves of them: the scores themselves are exact, whatever adds them up.
        name: Examples.of(rng.integers(0, 99, shape) / 2, rng.integers(1, 99, shape))
        for name in ("a", "b", "c", "base")
    }
    for name, found in compare_all(systems, "base", resamples=200).items():
        alone = compare(systems[name], systems["base"], resamples=200)
        assert alone == found
        print(name, found.low.hex(), found.high.hex(), found.p_value.hex())
