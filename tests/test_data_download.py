"""Downloads, from a server on this computer: complete and verified, or nothing."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pooch
import pytest

from cdmer_lib import data
from cdmer_lib.data import fetch, registry
from cdmer_lib.errors import Busy
from cdmer_lib.files import git_blob_sha1, locked

CONTENT = bytes(range(256)) * 1000
FILE = registry.released_file("H").file
OTHER = registry.released_file("grid:V->N").file


class Handler(BaseHTTPRequestHandler):
    """Serves ``server.files`` by path; ``server.sent`` bytes of each, if set, then hangs up."""

    def do_GET(self):
        _, _owner, _repository, _commit, path = self.path.split("/", 4)
        self.server.asked.append(f"/{path}")
        self.server.pause.wait()
        content = self.server.files.get(f"/{path}")
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write((content or b"")[: self.server.sent])

    def log_message(self, *args):
        pass


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, and an address where nobody listens."""
    monkeypatch.delenv("CDMER_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(fetch, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(registry, "HOST", "http://127.0.0.1:9")
    released = tmp_path / "released"
    released.write_bytes(CONTENT)
    for file in (FILE, OTHER):
        monkeypatch.setitem(registry.SHA1, file, git_blob_sha1(released))
    monkeypatch.setattr(fetch, "_unreachable", {})
    return tmp_path / "cache"


@pytest.fixture
def server(cache, monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files = {f"/data/3class/{FILE}": CONTENT, f"/Acc/3class/{OTHER}": CONTENT}
    server.sent, server.asked, server.pause = None, [], threading.Event()
    server.pause.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(registry, "HOST", f"http://127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def obtain_hs(**kwargs):
    return fetch.obtain(registry.released_file("H"), **kwargs)


def test_git_blob_sha1(tmp_path):
    # The empty blob and "hello\n", as `git hash-object` prints them.
    path = tmp_path / "x"
    path.write_bytes(b"")
    assert git_blob_sha1(path) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    path.write_bytes(b"hello\n")
    assert git_blob_sha1(path) == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_download_once_into_the_cache(server, cache, capsys):
    assert obtain_hs() == cache / FILE
    assert (cache / FILE).read_bytes() == CONTENT
    assert "100%" in capsys.readouterr().err
    assert obtain_hs() == cache / FILE
    assert server.asked == [f"/data/3class/{FILE}"]
    assert [path.name for path in cache.iterdir()] == [FILE]


def test_available_downloads_without_a_word(server, cache, capsys, recwarn):
    assert data.available("H")
    assert data.available("grid:V->N")
    assert not data.available("C")
    assert capsys.readouterr() == ("", "")
    assert not recwarn.list
    assert {path.name for path in cache.iterdir()} == {FILE, OTHER}


def test_server_hangs_up_early(server, cache):
    server.sent = 1000
    with pytest.raises(data.IntegrityError, match=r"(?s)whole file.*1000 bytes read.*again"):
        obtain_hs()
    assert not list(cache.glob("*"))
    server.sent = None
    assert obtain_hs().read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:-1], b"\1" + CONTENT[1:], b"<html>sign in</html>"])
def test_other_content_is_not_kept(server, cache, content):
    server.files[f"/data/3class/{FILE}"] = content
    with pytest.raises(data.IntegrityError, match=rf"{FILE}.*found .*\({len(content)} bytes\)"):
        obtain_hs()
    with pytest.warns(UserWarning, match="nothing was kept"):
        assert not data.available("H")
    assert not list(cache.glob("*"))


def test_interrupted_download_leaves_nothing_and_starts_again(server, cache, monkeypatch):
    def interrupted(self, url, output_file, pooch):
        with open(output_file, "wb") as part:
            part.write(CONTENT[:1000])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pooch.HTTPDownloader, "__call__", interrupted)
        with pytest.raises(KeyboardInterrupt):
            obtain_hs()
    assert not list(cache.glob("*"))
    assert obtain_hs().read_bytes() == CONTENT


def test_refused_by_the_server_is_not_taken_for_offline(server, cache):
    with pytest.raises(data.DataUnavailable, match="404"):
        fetch.obtain(registry.released_file("C"))
    assert obtain_hs() == cache / FILE


def test_offline_is_quick_clear_and_remembered(cache, monkeypatch):
    start = time.perf_counter()
    with pytest.raises(data.DataUnavailable, match=r"(?s)no connection.*127.0.0.1:9.*CDMER_DATA"):
        obtain_hs()
    assert time.perf_counter() - start < 5
    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", None)
    with pytest.raises(data.DataUnavailable, match="tried earlier in this process"):
        data.load_recorded_grid("V->N")
    assert not data.available("C")


def test_cache_that_cannot_be_made(server, cache, monkeypatch):
    cache.touch()
    with pytest.raises(data.DataUnavailable, match="File exists"):
        obtain_hs()
    cache.unlink()

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(fetch.Path, "mkdir", refuse)
    with pytest.raises(PermissionError, match="expected a cache folder that can be written"):
        obtain_hs()


def test_download_goes_on_after_a_failure(server, cache):
    outcome = data.download().set_index("file")
    assert len(outcome) == 20
    assert (outcome.outcome == "downloaded").sum() == 2
    assert outcome.detail[FILE] == str(cache / FILE)
    assert outcome.outcome[registry.released_file("C").file] == "failed"
    assert "404" in outcome.detail[registry.released_file("C").file]
    assert data.download(names=["H"]).outcome.tolist() == ["present"]


def test_download_replaces_a_spoiled_file_in_the_cache_only(server, cache, tmp_path, monkeypatch):
    cache.mkdir()
    (cache / FILE).write_bytes(b"spoiled")
    assert data.download(names=["H"]).outcome.tolist() == ["downloaded"]
    assert data.available("H")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / FILE).write_bytes(b"my own")
    monkeypatch.setenv("CDMER_DATA", str(mine))
    assert data.download(names=["H"]).outcome.tolist() == ["failed"]
    assert (mine / FILE).read_bytes() == b"my own"


def test_download_tries_again_after_being_offline(server, cache, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(registry, "HOST", "http://127.0.0.1:9")
        assert data.download(names=["H", "grid:5"]).outcome.tolist() == ["failed", "failed"]
    assert data.download(names=["H", "grid:5"]).outcome.tolist() == ["downloaded", "downloaded"]


def test_describe_says_what_is_here_and_how_to_get_the_rest(server, cache):
    data.download(names=["H"])
    text = data.describe(cache.parent / "mine")
    assert "1 of 20 files present and verified" in text
    assert f"SMIC_HS features verified {cache / FILE}" in " ".join(text.split())
    for part in ("V→N grid", "absent", "cdmer data --download", registry.REPOSITORY, "data/3class"):
        assert part in text
    assert not server.asked[1:]


def test_two_at_once_download_once(server, cache):
    server.pause = threading.Event()
    threads = [threading.Thread(target=obtain_hs, kwargs={"progress": False}) for _ in range(3)]
    for thread in threads:
        thread.start()
    while not server.asked:
        time.sleep(0.01)
    time.sleep(0.3)  # the others have found the lock by now
    server.pause.set()
    for thread in threads:
        thread.join()
    assert server.asked == [f"/data/3class/{FILE}"]
    assert [path.name for path in cache.iterdir()] == [FILE]


def test_another_download_that_does_not_end_is_named(server, cache, monkeypatch):
    monkeypatch.setattr(fetch, "LONGEST_WAIT", 0)
    with locked(cache / FILE), pytest.raises(Busy, match=FILE):
        obtain_hs()


def test_what_a_killed_download_left_is_removed_by_the_next(server, cache):
    cache.mkdir()
    (cache / f"{FILE}.123.partial").write_bytes(CONTENT[:1000])
    (cache / f"{FILE}.lock").touch()
    assert obtain_hs().read_bytes() == CONTENT
    assert [path.name for path in cache.iterdir()] == [FILE]
