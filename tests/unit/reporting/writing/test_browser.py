"""The page in a real browser: no request leaves it, figures are drawn, nothing is thrown."""

import http.server
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from lingraft.reporting.writing.content import Content

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-features=NetworkTimeServiceQuerying",  # the browser's own question, not the page's
    "--virtual-time-budget=8000",
    "--enable-logging=stderr",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


class Asked(http.server.SimpleHTTPRequestHandler):
    """Serves the report and remembers every path it was asked for."""

    paths: list[str]

    def do_GET(self) -> None:
        self.paths.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


Visit = tuple[list[str], str, str]  # paths asked for, the document in the end, the log


def visit_page(folder: Path, profile: Path) -> Visit:
    """Open `folder`/index.html; every other host leads to the same server, so it sees all."""
    handler = type("Handler", (Asked,), {"paths": []})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *given: handler(*given, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}"
    everywhere = f"--host-resolver-rules=MAP * {address}"
    command = [str(CHROMIUM), *FLAGS, everywhere, f"--user-data-dir={profile}", "--dump-dom"]
    done = subprocess.run(
        [*command, f"http://{address}/index.html"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    server.shutdown()
    return handler.paths, done.stdout, done.stderr


@pytest.fixture(scope="module")
def visit(report: tuple[Path, Content], tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """One look at the synthetic report."""
    return visit_page(report[0], tmp_path_factory.mktemp("profile"))


def test_a_page_that_asks_somebody_would_be_caught(tmp_path: Path) -> None:
    page = tmp_path / "page" / "index.html"
    page.parent.mkdir()
    page.write_text('<img src="http://example.org/leak.png">')
    paths, _, _ = visit_page(page.parent, tmp_path / "profile")
    assert "/leak.png" in paths


def test_no_request_leaves_the_page(visit: Visit) -> None:
    assert visit[0] == ["/index.html"]


def test_figures_are_drawn(visit: Visit, report: tuple[Path, Content]) -> None:
    assert visit[1].count('class="live js-plotly-plot"') == len(report[1].figures)


def test_nothing_is_thrown_or_blocked(visit: Visit) -> None:
    console = [line for line in visit[2].splitlines() if "CONSOLE" in line]
    assert console == []


def test_tables_are_sortable(visit: Visit) -> None:
    assert '<button type="button">' in visit[1]


def test_the_panels_are_drawn_in_a_browser(study: tuple[Path, Content], tmp_path: Path) -> None:
    _, document, log = visit_page(study[0], tmp_path / "profile")
    section = document[document.index('<section id="languages"') :]
    section = section[: section.index('<section id="results"')]
    assert section.count('class="main-svg"') >= section.count("<figure") == 7
    # Each panel is a subplot, and its title is drawn.
    panels = section[section.index('id="figure-study-minilm-bits-per-byte"') :]
    panels = panels[: panels.index("</figure>")]
    assert all(f">{run}<" in panels for run in study[1].config.runs)
    assert not [line for line in log.splitlines() if "CONSOLE" in line]
