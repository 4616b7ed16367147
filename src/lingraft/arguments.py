"""Long texts as arguments: Linux takes at most 128 KiB as one, and a job's command is one."""

import base64
import zlib

from lingraft.errors import ConfigError

LONGEST = 60_000  # bytes; quoting and other arguments need room too
VERSION_KEY = "stage_version"  # a key beside settings that only Snakemake compares
_PACKED = "packed:"
_LARGEST = 1 << 26  # bytes of what is unpacked


def pack(text: str) -> str:
    """The text itself, or something shorter that `unpack` understands where it is too long."""
    data = text.encode()
    if len(data) <= LONGEST:
        return text
    return _PACKED + base64.b64encode(zlib.compress(data, 9)).decode()


def unpack(text: str) -> str:
    """What was given to `pack`; any other text as it is.

    Raises:
        ConfigError: the packed text is damaged or unpacks to too much.
    """
    if not text.startswith(_PACKED):
        return text
    try:
        reader = zlib.decompressobj()
        data = reader.decompress(base64.b64decode(text[len(_PACKED) :], validate=True), _LARGEST)
        if not reader.eof:
            raise ValueError("it is cut off or too large")
        return data.decode()
    except (ValueError, zlib.error) as error:
        raise ConfigError(f"the packed settings are damaged: {error}") from None
