"""Chromium's resource packs (.pak, version 5).

Little-endian: u32 version, u8 encoding (1 is UTF-8), 3 bytes, u16 number of resources, u16 number
of aliases; then (u16 id, u32 offset) for each resource and one for the end; then (u16 id, u16
index of a resource) for each alias. Ids are the same in every locale of one build.
"""

import struct
from pathlib import Path

from lingraft.corpus.reading.files import read_whole
from lingraft.errors import InputError

_HEADER = struct.Struct("<IB3xHH")
_ENTRY = struct.Struct("<HI")
_ALIAS = struct.Struct("<HH")
_LARGEST_FILE = 1 << 30  # bytes
_LARGEST_SHARE = 20  # of the messages in the pack; aliases repeat a few of them


def read_pack(path: Path) -> dict[int, bytes]:
    """Read a resource pack: id -> content, aliases resolved.

    Raises:
        InputError: it is not a resource pack of version 5, or it is damaged.
    """
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
        # There is one entry more than contents: its offset is the end of the last one.
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
