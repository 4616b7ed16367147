"""One file over HTTP: resumed after interruptions, its size checked."""

import json
import logging
import random
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from tqdm import tqdm

from lingraft.corpus.fetching.access import Address, ask
from lingraft.errors import InputError, is_disk_full
from lingraft.redaction import hide_secrets

logger = logging.getLogger(__name__)

_BLOCK = 1 << 18
_ATTEMPTS_WITHOUT_PROGRESS = 6
_TEMPORARY = frozenset((408, 425, 429, 500, 502, 503, 504))
_LOGIN = "; give a token by `token_variable` or a login by ~/.netrc if it wants one"


@dataclass
class HttpTransfer:
    """One download into `part`; a file beside it keeps the validator of its content.

    Args:
        address: what to ask for.
        part: the file that grows, and stays if the download is interrupted.
        size: expected size in bytes.
        deadline_minutes: time for all attempts together.
    """

    address: Address
    part: Path
    size: int | None = None
    deadline_minutes: float = 60

    @property
    def name(self) -> str:
        """The address as messages show it."""
        return hide_secrets(self.address.url)

    def run(self) -> None:
        """Download the file; what an interrupted download left is continued.

        Raises:
            InputError: there is no such file, it has another size, or time is over.
        """
        deadline = time.monotonic() + 60 * self.deadline_minutes
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
            # Without If-Range, the rest of a changed file would follow the start of the old one.
            headers = {"Range": f"bytes={offset}-", "If-Range": validator}
        with ask(self.address, headers) as response:
            # Status 200 means the whole file: the server knows no ranges, or the content has
            # changed.
            if response.status != 206:
                offset = 0
            elif not _starts_at(response, offset):
                self.part.unlink()
                raise OSError("the server sent another part than the missing one")
            self._remember(response)
            expected = _length(response, offset)
            self._check_size(expected)
            self._copy(response, offset, expected, deadline)
        if expected is not None and self._size() != expected:
            raise OSError(f"the connection ended after {self._size()} of {expected} bytes")
        self._check_size(self._size())

    def _check_size(self, size: int | None) -> None:
        if self.size is not None and size is not None and size != self.size:
            self.part.unlink(missing_ok=True)
            self.part.with_suffix(".json").unlink(missing_ok=True)
            raise InputError(f"{self.name} has {size} bytes, expected {self.size}")

    def _copy(
        self, response: HTTPResponse, offset: int, total: int | None, deadline: float
    ) -> None:
        limit = self.size
        bar = tqdm(total=total, initial=offset, unit="B", unit_scale=True, disable=None)
        with self.part.open("r+b" if offset else "wb") as stream, bar:
            stream.truncate(offset)
            stream.seek(offset)
            # read1 returns what has arrived, so that the deadline also counts on a slow connection.
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
        # A redirect may lead to a signed address; urllib reports a circle of them in three lines.
        reason = hide_secrets(" ".join(str(error).split()))
        # 416: the server has no such range; the part is of another content, or was complete.
        if isinstance(code, int) and code == 416:
            self.part.unlink(missing_ok=True)
        elif isinstance(code, int) and code not in _TEMPORARY:
            hint = _LOGIN if code in (401, 403) else ""
            raise InputError(f"cannot download {self.name}: HTTP {reason}{hint}") from None
        # Random, so that many jobs do not ask again at the same moment.
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
