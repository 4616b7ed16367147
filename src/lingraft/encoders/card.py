"""The model card of a sentence encoder, whichever way it was made."""

from collections.abc import Iterable
from typing import Any

from lingraft.artifacts import Artifact


def card(title: str, made: str, encoder: Any, sources: Iterable[Artifact[Any]], behind: str) -> str:
    """A card as Markdown, with the metadata that a hub reads.

    Args:
        title: what tells the encoder apart.
        made: how it was made.
        encoder: the SentenceTransformer; a module that is code of lingraft is told of.
        sources: the artifacts that it was made from; their licenses are named.
        behind: what else the folder has.
    """
    needed, trust = "", ""
    if any(type(module).__module__.startswith("lingraft.") for module in encoder):
        needed = "\nIts pooling is code of lingraft, which must be installed to read the folder.\n"
        trust = ", trust_remote_code=True"
    licenses = sorted({str(value) for one in sources for value in one.facts.licenses.values()})
    return f"""---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
---

# A sentence encoder, {title}

{made}
{needed}
Licenses of the models and the texts that it was made from: {", ".join(licenses) or "none stated"}.
{behind}

```python
from sentence_transformers import SentenceTransformer
encoder = SentenceTransformer("this folder"{trust})
vectors = encoder.encode(["first text", "second text"])
```
"""
