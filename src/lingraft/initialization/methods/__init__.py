"""The methods of initialization: one file each, with settings, card and weights.

To add one, write a file here with a subclass of `Method` and put its name into `_FILES`. The
configuration's union, the key reference, the schema, `SCALE=yes` and the tests of
tests/unit/initialization/test_invariants.py find it here. The order of `_FILES` is the order of
the schema and the reference; the mixture is last, because its parts are the methods before it.

baselines.py           random, mean, full-covariance: nothing is known
wechsel.py             neighbors in aligned word vectors
ofa.py                 the overlap, and neighbors in multilingual word vectors
focus.py               the overlap, weighted by token vectors
fvt.py                 the pieces of the source tokenizer
align.py               the pieces that the source has in the place of a token, in texts
lexical.py             same strings and pieces: the baselines of ZeTT
trans_tokenization.py  translation counts of parallel text
ramen.py               translation probabilities
clp.py                 the overlap, weighted by a donor model
tokensurgeon.py        a donor's row, rebuilt from the overlap
tokalign.py            one source token each, by surroundings
generated.py           rows that a trained generator makes
byte_words.py          the bytes of words in the place of rows
mixture.py             the mean of several methods, by their evidence
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lingraft.config.checking import check_block
from lingraft.config.names import nearest
from lingraft.config.registry import one_of
from lingraft.errors import ConfigError
from lingraft.initialization.method import Method, declared

_FILES = (
    *(
        "baselines",
        "wechsel",
        "ofa",
        "focus",
        "fvt",
        "align",
        "lexical",
        "trans_tokenization",
        "ramen",
    ),
    *("clp", "tokensurgeon", "tokalign", "generated", "byte_words", "mixture"),
)
for _file in _FILES:
    import_module(f"{__name__}.{_file}")

METHODS: Mapping[str, type[Method]] = {method.name(): method for method in declared()}

if TYPE_CHECKING:
    Initialization = Method
else:
    Initialization = one_of(METHODS, "method")


def check_method(content: Mapping[str, Any], origin: str) -> Method:
    """The settings of a method from what a user wrote.

    Args:
        content: keys and values, one of them `method`.
        origin: where it was written; errors begin with it.

    Raises:
        ConfigError: there is no such method, or a key or value is wrong.
    """
    name = content.get("method")
    if not isinstance(name, str) or name not in METHODS:
        raise ConfigError(f"{origin}: method {name!r} is unknown; {nearest(str(name), METHODS)}")
    return check_block(METHODS[name], content, origin)
