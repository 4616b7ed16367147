"""A tokenizer of few words for models that read at most 38 tokens."""

from typing import Any

import pytest
from tests.unit.initialization.architecture_samples import SPECIAL, WORDS, save_tokenizer

from lingraft.tokenizers.loading import load_tokenizer


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    found = load_tokenizer(save_tokenizer(tmp_path_factory.mktemp("t"), [*SPECIAL, *WORDS]))
    found.model_max_length = 38
    return found
