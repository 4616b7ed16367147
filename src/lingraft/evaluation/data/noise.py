"""Noise of typing: characters that are swapped, dropped or put in, as the seed says.

A character is what readers take for one, a grapheme cluster: a vowel sign goes with its letter.
"""

import hashlib

import numpy as np
import regex

_CLUSTER = regex.compile(r"\X")


def noised(text: str, share: float, seed: int) -> str:
    """A text with noise: a function of the text, the share and the seed alone.

    Each character but a space is changed with a probability of `share`, in one of three ways of
    equal probability: it changes places with the next one, it is dropped, or another character of
    the text is put behind it. With more noise the same characters change and others, too.

    Args:
        text: what is noised.
        share: of its characters that change, from 0 to 1.
        seed: of the draws.
    """
    clusters: list[str] = _CLUSTER.findall(text)
    letters = [cluster for cluster in clusters if not cluster.isspace()]
    if not letters or share <= 0.0:
        return text
    digest = hashlib.sha256(f"{seed}\0{text}".encode("utf-8", "surrogatepass")).digest()[:16]
    draw = np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
    chances, ways = draw.random(len(clusters)), draw.integers(3, size=len(clusters))
    others = draw.integers(len(letters), size=len(clusters))
    written: list[str] = []
    place = 0
    while place < len(clusters):
        cluster = clusters[place]
        place += 1
        if cluster.isspace() or chances[place - 1] >= share:
            written.append(cluster)
            continue
        match ways[place - 1]:
            case 0 if place < len(clusters) and not clusters[place].isspace():
                written += [clusters[place], cluster]
                place += 1
            case 1:
                pass
            case _:
                written += [cluster, letters[others[place - 1]]]
    return "".join(written)
