"""What sections need of each other where corpora have normalizers: all text of a run alike."""

from lingraft.config.tokenizers import DerivedTokenizer, PretrainedTokenizer
from lingraft.corpus.normalizers.none import NoNormalizer
from lingraft.corpus.normalizers.normalizer import Normalizer
from lingraft.encoders.settings import TunedEncoder
from lingraft.experiment.sections import Sections

_AS_IT_IS = NoNormalizer()


def check_texts(config: Sections) -> None:
    """Raise ValueError where text would meet a vocabulary that was made for other spelling."""
    if all(corpus.normalizer.name == "none" for corpus in config.corpora.values()):
        return
    for key, corpus in config.corpora.items():
        _require_alike(config, f"corpora.{key}", corpus.normalizer, corpus.compared)
    for key, vocabulary in config.tokenizers.items():
        own = _of_tokenizer(config, key)
        _require_alike(config, f"tokenizers.{key}", own, getattr(vocabulary, "corpora", ()))
        if own.case_is_spelling and getattr(vocabulary, "lowercase", False):
            raise ValueError(
                f"tokenizers.{key}.lowercase: case is spelling in {own.name}; remove it"
            )
    _check_vectors(config)
    for key in config.runs:
        _check_run(config, key)


def _of_tokenizer(config: Sections, key: str) -> Normalizer:
    """The normalizer of the text that a vocabulary is made from."""
    vocabulary = config.tokenizers[key]
    if isinstance(vocabulary, PretrainedTokenizer):
        return _AS_IT_IS
    found = [config.corpora[name].normalizer for name in vocabulary.corpora]
    chosen = next((one for one in found if one.name != "none"), None)
    if chosen is None and isinstance(vocabulary, DerivedTokenizer):
        section, base = vocabulary.base
        return _of_tokenizer(config, base) if section == "tokenizers" else _AS_IT_IS
    return chosen or _AS_IT_IS


def _require_alike(
    config: Sections, key: str, own: Normalizer, corpora: list[str] | tuple[str, ...]
) -> None:
    for name in corpora:
        other, language = config.corpora[name].normalizer, config.corpora[name].language
        if own != other and (own.covers(language) or other.covers(language)):
            raise ValueError(
                f"{key}: its text has the normalizer {own.name}, and corpora.{name} ({language}) "
                f"has {other.name}; give both the same one with the same options"
            )


def _check_vectors(config: Sections) -> None:
    for key, vectors in config.vectors.items():
        corpora = [name for section, name in vectors.made_from if section == "corpora"]
        found = [config.corpora[name].normalizer for name in corpora]
        own = next((one for one in found if one.name != "none"), _AS_IT_IS)
        _require_alike(config, f"vectors.{key}", own, corpora)
        if own.case_is_spelling and getattr(vectors, "lowercase", False):
            raise ValueError(f"vectors.{key}.lowercase: case is spelling in {own.name}; remove it")


def _check_run(config: Sections, key: str) -> None:
    run = config.runs[key]
    own = _of_tokenizer(config, run.tokenizer)
    where = f"runs.{key} with tokenizers.{run.tokenizer}"
    corpora = [*run.corpora, *(run.evaluation_corpora or ())]
    _require_alike(config, where, own, corpora)
    if own.name == "none":
        return
    for name, task in config.evaluation.chosen().items():
        if task.brings_texts:
            raise ValueError(
                f"evaluation.{name} brings texts of its own, which no model of runs.{key} reads as "
                f"it learned them ({own.name}); remove the task, or the run from this file"
            )
    for name in run.encoders:
        recipe = config.encoders[name].of_run(key)
        stages = recipe.stages if isinstance(recipe, TunedEncoder) else ()
        for training_set in (name for stage in stages for name in stage.data):
            _check_set(config, where, training_set, own)


def _check_set(config: Sections, where: str, name: str, own: Normalizer) -> None:
    """Examples of corpora are written as these; those of files are written as people do."""
    for section, made_from in config.training_sets[name].made_from:
        if section == "training_sets":
            _check_set(config, where, made_from, own)
        if section == "corpora":
            _require_alike(config, f"training_sets.{name} for {where}", own, [made_from])
        if section == "models":
            raise ValueError(
                f"training_sets.{name} is mined with models.{made_from}, which does not read text "
                f"as {where} learned it ({own.name}); take a set that is not mined"
            )
        if section == "sources":
            raise ValueError(
                f"training_sets.{name} is read from files, which {where} would read otherwise than "
                f"it learned them ({own.name}); take examples from the corpora"
            )
