"""Downloads over a bad network end with the right bytes, or with an error and no wrong file."""

import http.server
import random
import threading
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from lingraft.config.sources import HttpSource
from lingraft.corpus.sources import http as module
from lingraft.corpus.sources.place import Place
from lingraft.errors import InputError

CONTENT = random.Random(1).randbytes(300_000)
DIGEST = sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """A web server for one file, whose faults are functions that may answer a request first."""

    content: bytes = CONTENT
    etag: str | None = '"one"'
    takes_ranges: bool = True
    faults: list[Callable[["Server", http.server.BaseHTTPRequestHandler], bool]] = field(
        default_factory=list
    )
    requests: list[str | None] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        self.requests.append(asked)
        if self.faults and self.faults.pop(0)(self, handler):
            return
        start = 0
        if asked and self.takes_ranges and handler.headers.get("If-Range") == self.etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        self.send(handler, start, self.content[start:])

    def send(self, handler, start: int, body: bytes, announced: int | None = None) -> None:
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(announced or len(body)))
        if start:
            total = len(self.content)
            handler.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        if self.etag:
            handler.send_header("ETag", self.etag)
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{running.server_port}/data.bin"
    yield state
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """Time that passes only while the program sleeps."""
    clock = types.SimpleNamespace(now=0.0, pauses=[])

    def sleep(seconds: float) -> None:
        clock.now += seconds
        clock.pauses.append(seconds)

    fake = types.SimpleNamespace(sleep=sleep, monotonic=lambda: clock.now)
    monkeypatch.setattr(module, "time", fake)
    return clock


def drop_after(count: int) -> Callable:
    """Close the connection after some bytes of what was announced."""

    def fault(server: Server, handler) -> bool:
        asked = handler.headers.get("Range")
        is_valid = handler.headers.get("If-Range") == server.etag and server.takes_ranges
        start = int(asked[6:-1]) if asked and is_valid else 0
        body = server.content[start:]
        server.send(handler, start, body[:count], announced=len(body))
        return True

    return fault


def status(code: int, **headers: str) -> Callable:
    def fault(_: Server, handler) -> bool:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    return fault


def _source(server: Server, **options) -> HttpSource:
    return HttpSource(kind="http", url=server.url, **{"sha256": DIGEST, **options})


def _parts(place: Place) -> list[Path]:
    return list(place.kept.glob("http-*"))


def test_a_file_is_downloaded(server: Server, place: Place) -> None:
    facts = module.fetch(_source(server, size=len(CONTENT)), place)
    assert (place.files / "data.bin").read_bytes() == CONTENT
    assert facts["archive"] == {"name": "data.bin", "size": len(CONTENT), "sha256": DIGEST}
    assert _parts(place) == []


@pytest.mark.parametrize("seed", range(5))
def test_dropped_connections_are_resumed(server: Server, place: Place, seed: int) -> None:
    chance = random.Random(seed)
    server.faults = [drop_after(chance.randrange(1, 14_000)) for _ in range(20)]
    module.fetch(_source(server), place)
    assert (place.files / "data.bin").read_bytes() == CONTENT
    assert len(server.requests) == 21
    assert server.requests[-1] is not None


def test_a_server_without_ranges_starts_again(server: Server, place: Place) -> None:
    server.takes_ranges = False
    server.faults = [drop_after(1000)]
    module.fetch(_source(server), place)
    assert (place.files / "data.bin").read_bytes() == CONTENT


def test_a_server_without_validators_starts_again(server: Server, place: Place) -> None:
    server.etag = None
    server.faults = [drop_after(1000)]
    module.fetch(_source(server), place)
    assert server.requests == [None, None]


def test_content_that_changes_midway_is_not_mixed(server: Server, place: Place) -> None:
    new = bytes(reversed(CONTENT))

    def change(server: Server, handler) -> bool:
        server.content, server.etag = new, '"two"'
        return False

    server.faults = [drop_after(1000), change]
    module.fetch(_source(server, sha256=sha256(new).hexdigest()), place)
    assert (place.files / "data.bin").read_bytes() == new


def test_another_range_than_asked_for_is_not_used(server: Server, place: Place) -> None:
    def wrong_range(server: Server, handler) -> bool:
        server.send(handler, 500, server.content[500:])
        return True

    server.faults = [drop_after(1000), wrong_range]
    module.fetch(_source(server), place)
    assert (place.files / "data.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("code", [500, 502, 503, 429])
def test_temporary_failures_are_waited_out(
    server: Server, place: Place, clock: types.SimpleNamespace, code: int
) -> None:
    server.faults = [status(code), status(code, Retry_After="120"), status(code)]
    module.fetch(_source(server), place)
    assert (place.files / "data.bin").read_bytes() == CONTENT
    assert len(clock.pauses) == 3
    assert clock.pauses[1] == 120


@pytest.mark.parametrize("code", [403, 404, 410])
def test_permanent_failures_are_final(server: Server, place: Place, code: int) -> None:
    server.faults = [status(code)]
    with pytest.raises(InputError, match=rf"cannot download .*data\.bin: HTTP.*{code}"):
        module.fetch(_source(server), place)
    assert len(server.requests) == 1


def test_retries_end(server: Server, place: Place) -> None:
    server.faults = [status(503)] * 100
    with pytest.raises(InputError, match="503"):
        module.fetch(_source(server), place)
    assert len(server.requests) == 6


def test_the_deadline_ends_a_download_that_progresses(
    server: Server, place: Place, clock: types.SimpleNamespace
) -> None:
    server.faults = [drop_after(10)] * 1000
    with pytest.raises(InputError, match="the same command continues from there"):
        module.fetch(_source(server, deadline_minutes=1), place)
    assert clock.now <= 60
    kept = next(path for path in _parts(place) if path.suffix == ".part")
    assert kept.read_bytes() == CONTENT[: kept.stat().st_size]


def test_the_next_run_continues(server: Server, place: Place) -> None:
    server.faults = [drop_after(5000), *[status(404)]]
    with pytest.raises(InputError, match="404"):
        module.fetch(_source(server), place)
    module.fetch(_source(server), place)
    assert server.requests[-1] == "bytes=5000-"
    assert (place.files / "data.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("options", [{"sha256": "0" * 64}, {"size": 299_999}, {"size": 300_001}])
def test_other_content_is_refused_and_not_kept(server: Server, place: Place, options: dict) -> None:
    with pytest.raises(InputError, match="expected"):
        module.fetch(_source(server, **options), place)
    assert list(place.files.iterdir()) == []
    assert _parts(place) == []


def test_no_server_is_one_line(place: Place) -> None:
    source = HttpSource(kind="http", url="http://127.0.0.1:9/data.bin")
    with pytest.raises(InputError, match="cannot download http"):
        module.fetch(source, place)
