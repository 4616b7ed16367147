"""Chromium's message catalogs: resource packs (.pak, version 5), one for each locale.

Little-endian: u32 version, u8 encoding (1 is UTF-8), 3 bytes, u16 number of resources, u16 number
of aliases; then (u16 id, u32 offset) for each resource and one for the end; then (u16 id, u16
index of a resource) for each alias. Ids are the same in every locale of one build.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from lingraft.config.corpora import CatalogInput
from lingraft.corpus.documents import Document
from lingraft.corpus.reading.files import read_whole
from lingraft.corpus.reading.messages import plain_message
from lingraft.errors import InputError

_HEADER = struct.Struct("<IB3xHH")
_ENTRY = struct.Struct("<HI")
_ALIAS = struct.Struct("<HH")
_LARGEST_FILE = 1 << 30  # bytes
_LARGEST_SHARE = 20  # of the messages in the pack; aliases repeat a few of them
_COMPRESSED = (b"\x1f\x8b", b"\x1e\x9b")  # gzip and Chromium's brotli: web pages, not messages


def read(files: Path, settings: CatalogInput) -> Iterator[Document]:
    """Yield the messages of one locale with ids `chromium/NUMBER`.

    Raises:
        InputError: there are no packs, none of this locale, or it is damaged.
    """
    for number, content in sorted(read_pack(_find(files, settings)).items()):
        if content.startswith(_COMPRESSED):
            continue
        message = plain_message(content.decode("utf-8", "surrogateescape"))
        metadata = {"source": settings.source, "gaps": message.has_gaps}
        yield Document(f"chromium/{number}", message.text, metadata)


def read_pack(path: Path) -> dict[int, bytes]:
    """Read a resource pack: id -> content, aliases resolved."""
    data = read_whole(path, _LARGEST_FILE)
    try:
        version, encoding, count, aliases = _HEADER.unpack_from(data)
        if (version, encoding) != (5, 1):
            raise InputError(f"{path} is not a resource pack of version 5 in UTF-8")
        table = memoryview(data)[_HEADER.size :]
        entries = list(_ENTRY.iter_unpack(table[: (count + 1) * _ENTRY.size]))
        pairs = table[(count + 1) * _ENTRY.size :][: aliases * _ALIAS.size]
        ends = [offset for _, offset in entries[1:]]
        if any(end < begin for (_, begin), end in zip(entries, ends, strict=False)):
            raise InputError(f"{path} is damaged: its entries overlap; download it again")
        contents = [data[begin:end] for (_, begin), end in zip(entries, ends, strict=False)]
        pack = {entry[0]: content for entry, content in zip(entries, contents, strict=False)}
        pack |= {number: contents[index] for number, index in _ALIAS.iter_unpack(pairs)}
    except (struct.error, IndexError):
        raise InputError(f"{path} is cut off; delete the download and run again") from None
    if len(contents) != count or (ends and ends[-1] > len(data)):
        raise InputError(f"{path} is cut off; delete the download and run again")
    if sum(map(len, pack.values())) > _LARGEST_SHARE * len(data):
        raise InputError(f"{path} is damaged: its messages are longer than it; download it again")
    return pack


def _find(files: Path, settings: CatalogInput) -> Path:
    # The packs of grammatical genders (sw_FEMININE.pak) are empty stubs.
    packs = {path.stem: path for path in sorted(files.rglob("*.pak")) if "_" not in path.stem}
    if not packs:
        raise InputError(
            f"source {settings.source} holds no .pak files; Ubuntu's chromium-l10n is empty: use "
            "Debian's package, or another source"
        )
    if settings.locale not in packs:
        hint = "en-US is in chromium-common; en-GB is here. " if settings.locale == "en-US" else ""
        raise InputError(
            f"source {settings.source} has no locale {settings.locale}. {hint}"
            f"It has {', '.join(packs)}"
        )
    return packs[settings.locale]
