"""Downloads over a bad network end with the right bytes, or with an error and no wrong file."""

import base64
import http.server
import io
import json
import random
import re
import threading
import types
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from lingraft.config.base import Block
from lingraft.config.checking import check_block
from lingraft.corpus.fetching import transfer as module
from lingraft.corpus.fetching.place import Place
from lingraft.corpus.sources import AnySource
from lingraft.corpus.sources.http import HttpSource
from lingraft.corpus.stage import download
from lingraft.errors import ConfigError, InputError

CONTENT = random.Random(1).randbytes(300_000)
DIGEST = sha256(CONTENT).hexdigest()


class _Block(Block):
    source: AnySource


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
    seen: list[tuple[str, str | None]] = field(default_factory=list)  # path, Authorization
    url: str = ""

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        self.requests.append(asked)
        self.seen.append((handler.path, handler.headers.get("Authorization")))
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
    return list(place.kept.iterdir())


def test_a_file_is_downloaded(server: Server, place: Place) -> None:
    facts = _source(server, size=len(CONTENT)).fetch(place)
    assert (place.files / "data.bin").read_bytes() == CONTENT
    assert facts["archive"] == {"name": "data.bin", "size": len(CONTENT), "sha256": DIGEST}
    assert _parts(place) == []


@pytest.mark.parametrize("seed", range(5))
def test_dropped_connections_are_resumed(server: Server, place: Place, seed: int) -> None:
    chance = random.Random(seed)
    server.faults = [drop_after(chance.randrange(1, 14_000)) for _ in range(20)]
    _source(server).fetch(place)
    assert (place.files / "data.bin").read_bytes() == CONTENT
    assert len(server.requests) == 21
    assert server.requests[-1] is not None


def test_a_server_without_ranges_starts_again(server: Server, place: Place) -> None:
    server.takes_ranges = False
    server.faults = [drop_after(1000)]
    _source(server).fetch(place)
    assert (place.files / "data.bin").read_bytes() == CONTENT


def test_a_server_without_validators_starts_again(server: Server, place: Place) -> None:
    server.etag = None
    server.faults = [drop_after(1000)]
    _source(server).fetch(place)
    assert server.requests == [None, None]


def test_content_that_changes_midway_is_not_mixed(server: Server, place: Place) -> None:
    new = bytes(reversed(CONTENT))

    def change(server: Server, handler) -> bool:
        server.content, server.etag = new, '"two"'
        return False

    server.faults = [drop_after(1000), change]
    _source(server, sha256=sha256(new).hexdigest()).fetch(place)
    assert (place.files / "data.bin").read_bytes() == new


def test_another_range_than_asked_for_is_not_used(server: Server, place: Place) -> None:
    def wrong_range(server: Server, handler) -> bool:
        server.send(handler, 500, server.content[500:])
        return True

    server.faults = [drop_after(1000), wrong_range]
    _source(server).fetch(place)
    assert (place.files / "data.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("code", [500, 502, 503, 429])
def test_temporary_failures_are_waited_out(
    server: Server, place: Place, clock: types.SimpleNamespace, code: int
) -> None:
    server.faults = [status(code), status(code, Retry_After="120"), status(code)]
    _source(server).fetch(place)
    assert (place.files / "data.bin").read_bytes() == CONTENT
    assert len(clock.pauses) == 3
    assert clock.pauses[1] == 120


@pytest.mark.parametrize("code", [403, 404, 410])
def test_permanent_failures_are_final(server: Server, place: Place, code: int) -> None:
    server.faults = [status(code)]
    with pytest.raises(InputError, match=rf"cannot download .*data\.bin: HTTP.*{code}"):
        _source(server).fetch(place)
    assert len(server.requests) == 1


def test_retries_end(server: Server, place: Place) -> None:
    server.faults = [status(503)] * 100
    with pytest.raises(InputError, match="503"):
        _source(server).fetch(place)
    assert len(server.requests) == 6


def test_the_deadline_ends_a_download_that_progresses(
    server: Server, place: Place, clock: types.SimpleNamespace
) -> None:
    server.faults = [drop_after(10)] * 1000
    with pytest.raises(InputError, match="the same command continues from there"):
        _source(server, deadline_minutes=1).fetch(place)
    assert clock.now <= 60
    kept = next(path for path in _parts(place) if path.suffix == ".part")
    assert kept.read_bytes() == CONTENT[: kept.stat().st_size]


def test_the_next_run_continues(server: Server, place: Place) -> None:
    server.faults = [drop_after(5000), *[status(404)]]
    with pytest.raises(InputError, match="404"):
        _source(server).fetch(place)
    _source(server).fetch(place)
    assert server.requests[-1] == "bytes=5000-"
    assert (place.files / "data.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("options", [{"sha256": "0" * 64}, {"size": 299_999}, {"size": 300_001}])
def test_other_content_is_refused_and_not_kept(server: Server, place: Place, options: dict) -> None:
    with pytest.raises(InputError, match="expected"):
        _source(server, **options).fetch(place)
    assert list(place.files.iterdir()) == []
    assert _parts(place) == []


def redirect(address: str) -> Callable:
    return status(302, Location=address)


@pytest.fixture
def login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of logins for the servers of these tests."""
    path = tmp_path / "logins"
    path.write_text("machine 127.0.0.1 login me password PASSW0RD\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    return path


BASIC = "Basic " + base64.b64encode(b"me:PASSW0RD").decode()


def test_a_login_is_shown_to_its_own_server_alone(
    server: Server, place: Place, login: Path
) -> None:
    other = server.url.replace("127.0.0.1", "localhost")
    server.faults = [redirect("/elsewhere.bin"), redirect(f"{other}?X-Amz-Signature=SIGNED")]
    facts = _source(server).fetch(place)
    paths = ["/data.bin", "/elsewhere.bin", "/data.bin?X-Amz-Signature=SIGNED"]
    assert server.seen == list(zip(paths, [BASIC, BASIC, None], strict=True))
    assert "SIGNED" not in json.dumps(facts)


def test_a_token_and_a_query_come_from_variables(
    server: Server, place: Place, login: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "SECRET")
    monkeypatch.setenv("MY_QUERY", "?sig=SIGNED&x=1")
    server.faults = [drop_after(1000)]
    options = {"token_variable": "MY_TOKEN", "query_variable": "MY_QUERY"}
    facts = _source(server, **options).fetch(place)
    assert server.seen == [("/data.bin?sig=SIGNED&x=1", "Bearer SECRET")] * 2
    assert server.requests[1] == "bytes=1000-"
    assert not {"SECRET", "SIGNED"} & set(re.findall(r"\w+", json.dumps(facts)))


@pytest.mark.parametrize("value", [None, "", "two\nlines", "n\u00e4"])
def test_a_variable_without_a_value_is_named(
    server: Server, place: Place, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("MY_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_TOKEN", value)
    with pytest.raises(ConfigError, match="environment variable MY_TOKEN"):
        _source(server, token_variable="MY_TOKEN").fetch(place)
    assert server.requests == []


def test_a_damaged_file_of_logins_is_named_and_not_shown(
    server: Server, place: Place, login: Path
) -> None:
    login.write_text("machine 127.0.0.1 login me PASSW0RD\n")
    with pytest.raises(ConfigError, match="logins cannot be read; repair line 2") as error:
        _source(server).fetch(place)
    assert "PASSW0RD" not in str(error.value)


@pytest.mark.parametrize(
    "fault",
    [
        redirect("ftp://other/x?token=SECRET"),
        redirect("file:///x?token=SECRET"),
        redirect("http://127.0.0.1:9/x?token=SECRET"),
        redirect("http://u:SECRET@127.0.0.1:9/x"),
        redirect("http://127.0.0.1:x/?token=SECRET"),
        redirect("/a b?token=SECRET"),
        status(401),
        status(403),
    ],
)
def test_no_failure_shows_a_secret(
    server: Server, place: Place, caplog: pytest.LogCaptureFixture, fault: Callable
) -> None:
    server.faults = [fault] * 20
    server.url += "?download=1"
    with pytest.raises(InputError, match=r"cannot download http://.*/data\.bin") as error:
        _source(server).fetch(place)
    assert "SECRET" not in caplog.text + str(error.value) + repr(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://user:SECRET@host/x",
        "https://SECRET@host/x?download=1",
        "https://host/x?token=SECRET",
        "https://host/x?a=1&X-Amz-Signature=SECRET",
        "https://host/x?api%5Fkey=SECRET",
        "https://host/x?sv=2&sig=SECRET",
        "https://host/x#access_token=SECRET",
        "https://host/x?t=hf_SECRETSECRETSECRETSECRET",
        "https://host/x?v=aB3dE5fG7hI9jK1lM3nO5pQ7SECRET",
        "https://host/x;jsessionid=SECRET",
        "https://host:SECRET/x",
        "https://user:SECRET" + "X" * 90 + "@host/x",
        "http:///x",
    ],
)
def test_an_address_with_a_secret_is_refused(address: str) -> None:
    content = {"source": {"kind": "http", "url": address}}
    with pytest.raises(ConfigError, match=r"source\.url: ") as error:
        check_block(_Block, content, "settings")
    assert "SECRET" not in str(error.value)


@pytest.mark.parametrize(
    "query", ["?download=1", "?id=1AbCdEfGhIjKlMnOpQrStUvWxYz0123&export=download", "?lang=sw#top"]
)
def test_an_ordinary_query_is_asked_for(server: Server, place: Place, query: str) -> None:
    server.url += query
    _source(server).fetch(place)
    assert server.seen[0][0] == f"/data.bin{query.partition('#')[0]}"
    assert (place.files / "data.bin").read_bytes() == CONTENT


def test_no_server_is_one_line(place: Place) -> None:
    source = HttpSource(kind="http", url="http://127.0.0.1:9/data.bin")
    with pytest.raises(InputError, match="cannot download http"):
        source.fetch(place)


@pytest.mark.parametrize("last", ["%2e%2e", "a%2f..", "a%00b", "a" * 256])
def test_an_address_without_a_name_for_a_file_is_one_line(tmp_path: Path, last: str) -> None:
    source = HttpSource(kind="http", url=f"http://127.0.0.1:1/{last}", deadline_minutes=0.01)
    with pytest.raises(InputError, match="cannot be the name of a file here"):
        download(source, tmp_path / "out")


@pytest.mark.parametrize("unpack", [True, False])
def test_archives_are_unpacked_if_wanted(server: Server, place: Place, unpack: bool) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("text.txt", "words")
    server.content = archive.getvalue()
    url = server.url.replace("data.bin", "data.zip")
    HttpSource(kind="http", url=url, unpack=unpack).fetch(place)
    assert [path.name for path in place.files.iterdir()] == ["text.txt" if unpack else "data.zip"]
