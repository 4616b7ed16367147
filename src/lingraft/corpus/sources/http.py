"""Files at an address: resumed after interruptions, checked by size and digest."""

import json
import logging
import random
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from tqdm import tqdm

from lingraft.config.sources import HttpSource
from lingraft.corpus.fetching.access import ask
from lingraft.corpus.fetching.archives import check_archive, is_archive, unpack
from lingraft.corpus.fetching.place import Facts, Place
from lingraft.errors import InputError, is_disk_full
from lingraft.redaction import hide_secrets

logger = logging.getLogger(__name__)

_BLOCK = 1 << 18
_LONGEST_NAME = 255  # bytes, on all usual file systems
_ATTEMPTS_WITHOUT_PROGRESS = 6
_TEMPORARY = frozenset((408, 425, 429, 500, 502, 503, 504))
_LOGIN = "; give a token by `token_variable` or a login by ~/.netrc if it wants one"


def fetch(source: HttpSource, place: Place) -> Facts:
    """Download the file and unpack it if it is an archive.

    Raises:
        InputError: it does not exist, is not what was expected, or could not be completed in time.
    """
    name = _file_name(source.url)
    part = place.kept / "file.part"
    _Transfer(source, part).run()
    archive = place.scraps / name
    part.replace(archive)
    part.with_suffix(".json").unlink(missing_ok=True)
    facts = check_archive(archive, source.sha256, hide_secrets(source.url))
    if source.unpack and is_archive(archive):
        unpack(archive, place.files, source.keep)
    else:
        archive.replace(place.files / archive.name)
    return {"url": source.url, "version": None, "license": None, **facts}


def _file_name(url: str) -> str:
    """The name that the file gets here: the last part of its address.

    Raises:
        InputError: no file can have that name.
    """
    last = unquote(PurePosixPath(urlsplit(url).path).name)
    name = PurePosixPath(last).name.replace("\\", "_") or "download"
    if name == ".." or "\0" in name or len(name.encode()) > _LONGEST_NAME:
        raise InputError(
            f"cannot download {hide_secrets(url)}: its last part cannot be the name of a file here"
        )
    return name


@dataclass
class _Transfer:
    """One download into `part`, beside which the validator of its content is remembered."""

    source: HttpSource
    part: Path

    @property
    def name(self) -> str:
        """The address as messages show it."""
        return hide_secrets(self.source.url)

    def run(self) -> None:
        deadline = time.monotonic() + 60 * self.source.deadline_minutes
        failures = 0
        while True:
            before = self._size()
            try:
                self._attempt(deadline)
                return
            except ValueError as error:
                reason = hide_secrets(str(error))
                raise InputError(f"cannot download {self.name}: {reason}") from None
            except (OSError, HTTPException) as error:
                if is_disk_full(error):
                    raise
                failures = 1 if self._size() > before else failures + 1
                self._wait(error, failures, deadline)

    def _attempt(self, deadline: float) -> None:
        """Fetch what is missing; return when the file is complete."""
        offset = self._size()
        headers = {}
        if offset and (validator := self._validator()):
            # Without If-Range, a file that changed meanwhile would be glued to the old one.
            headers = {"Range": f"bytes={offset}-", "If-Range": validator}
        with ask(self.source, headers) as response:
            if response.status != 206:
                offset = 0
            elif not _starts_at(response, offset):
                self.part.unlink()
                raise OSError("the server sent another part than the one that was missing")
            self._remember(response)
            expected = _length(response, offset)
            self._check_size(expected)
            self._copy(response, offset, expected, deadline)
        if expected is not None and self._size() != expected:
            raise OSError(f"the connection ended after {self._size()} of {expected} bytes")
        self._check_size(self._size())

    def _check_size(self, size: int | None) -> None:
        if self.source.size is not None and size is not None and size != self.source.size:
            self.part.unlink(missing_ok=True)
            self.part.with_suffix(".json").unlink(missing_ok=True)
            raise InputError(f"{self.name} has {size} bytes, expected {self.source.size}")

    def _copy(
        self, response: HTTPResponse, offset: int, total: int | None, deadline: float
    ) -> None:
        limit = self.source.size
        bar = tqdm(total=total, initial=offset, unit="B", unit_scale=True, disable=None)
        with self.part.open("r+b" if offset else "wb") as stream, bar:
            stream.truncate(offset)
            stream.seek(offset)
            while block := response.read1(_BLOCK):
                stream.write(block)
                bar.update(len(block))
                if limit is not None and stream.tell() > limit:
                    break  # the size check says so
                if time.monotonic() > deadline:
                    raise TimeoutError("it is too slow")

    def _wait(self, error: Exception, failures: int, deadline: float) -> None:
        """Sleep before another attempt, or give up."""
        code = getattr(error, "code", None)
        # A redirect may lead to a signed address; of a circle urllib tells in three lines.
        reason = hide_secrets(" ".join(str(error).split()))
        if isinstance(code, int) and code == 416:
            self.part.unlink(missing_ok=True)
        elif isinstance(code, int) and code not in _TEMPORARY:
            hint = _LOGIN if code in (401, 403) else ""
            raise InputError(f"cannot download {self.name}: HTTP {reason}{hint}") from None
        pause = min(60.0, 2.0**failures) * random.uniform(0.5, 1.0)
        pause = max(pause, _retry_after(error))
        if failures >= _ATTEMPTS_WITHOUT_PROGRESS or time.monotonic() + pause > deadline:
            raise InputError(
                f"cannot download {self.name}: {reason}; {self._size()} bytes are kept, the "
                "same command continues from there"
            ) from None
        logger.warning("%s: %s; trying again in %.0f s", self.name, reason, pause)
        time.sleep(pause)

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _validator(self) -> str | None:
        try:
            content = json.loads(self.part.with_suffix(".json").read_text("utf-8"))
            return str(content["validator"])
        except (OSError, ValueError, KeyError):
            return None

    def _remember(self, response: HTTPResponse) -> None:
        etag = response.headers.get("ETag", "")
        # Weak tags do not promise equal bytes.
        validator = etag if etag and not etag.startswith("W/") else None
        validator = validator or response.headers.get("Last-Modified")
        path = self.part.with_suffix(".json")
        if validator:
            path.write_text(json.dumps({"validator": validator}), "utf-8")
        else:
            path.unlink(missing_ok=True)


def _starts_at(response: HTTPResponse, offset: int) -> bool:
    content_range = response.headers.get("Content-Range", "")
    return content_range.startswith(f"bytes {offset}-")


def _length(response: HTTPResponse, offset: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return offset + int(length) if length.isdigit() else None


def _retry_after(error: Exception) -> float:
    headers = getattr(error, "headers", None)
    value = headers.get("Retry-After", "") if headers is not None else ""
    return min(float(value), 300.0) if value.isdigit() else 0.0
