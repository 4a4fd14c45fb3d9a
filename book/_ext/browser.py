"""Headless Chromium, asked over its debugging protocol: what a page does once it is loaded."""

import asyncio
import contextlib
import itertools
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field

from tornado.websocket import websocket_connect

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
OPTIONS = [
    "--headless",
    "--no-sandbox",  # as root, in a container
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-port=0",
]
PATIENCE = 600  # seconds without a word from the browser
READY = "(window.MathJax?.startup?.promise ?? Promise.resolve()).then(() => document.fonts.ready)"


@dataclass
class Seen:
    """Of one page: errors on the console, addresses asked for, answers of the scripts."""

    errors: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    answers: dict = field(default_factory=dict)


class Tab:
    """One page of the browser. Events are kept in `seen` until the next visit."""

    def __init__(self, socket):
        self.socket, self.numbers, self.session, self.seen = socket, itertools.count(1), {}, Seen()
        self.loaded = False

    def keep(self, event):
        method, told = event.get("method"), event.get("params", {})
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Runtime.exceptionThrown":
            self.seen.errors.append(
                told["exceptionDetails"].get("exception", {}).get("description")
            )
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            self.seen.errors.append(str([part.get("value") for part in told["args"]]))
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.seen.errors.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.seen.asked.append(told["request"]["url"])

    async def read(self):
        return json.loads(await asyncio.wait_for(self.socket.read_message(), PATIENCE))

    async def do(self, method, **parameters):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters, **self.session}
        await self.socket.write_message(json.dumps(message))
        while (answer := await self.read()).get("id") != number:
            self.keep(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    async def ask(self, script):
        """The value of a script, or of the promise that it returns."""
        told = await self.do(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"]["exception"]["description"])
        return told["result"].get("value")

    async def visit(self, address, width, script):
        """Load a page, wait for its formulas and fonts, then ask `script`."""
        self.seen, self.loaded = Seen(), False
        size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        await self.do("Emulation.setDeviceMetricsOverride", **size)
        await self.do("Page.navigate", url=address)
        while not self.loaded:
            self.keep(await self.read())
        await self.ask(READY)
        self.seen.answers = await self.ask(script)
        return self.seen


@contextlib.asynccontextmanager
async def tab():
    """A `Tab` of a browser of its own, which is closed at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            said = iter(process.stderr.readline, "")
            address = next(filter(None, (re.search(r"ws://\S+", line) for line in said)))[0]
            socket = await websocket_connect(address, max_message_size=2**28)
            page = Tab(socket)
            target = (await page.do("Target.createTarget", url="about:blank"))["targetId"]
            told = await page.do("Target.attachToTarget", targetId=target, flatten=True)
            page.session = {"sessionId": told["sessionId"]}
            for domain in ("Page", "Runtime", "Log", "Network"):
                await page.do(f"{domain}.enable")
            yield page
            socket.close()
        finally:
            process.terminate()
            process.wait(timeout=30)


def visit_all(addresses, width, script):
    """What is seen of each address: {address: Seen}."""

    async def visits():
        async with tab() as page:
            return {a: await page.visit(a, width, script) for a in addresses}

    return asyncio.run(visits())
