# SPDX-License-Identifier: Apache-2.0
"""What the benches share: the command, a network of it, and its events.

Everything that waits has a time limit; what goes wrong is a Failed with the
reason, and a bench goes on with its next figure.
"""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time


class Failed(Exception):
    """A figure that could not be measured, with the reason."""


def say(text):
    print(text, file=sys.stderr, flush=True)


class Deadline:
    """Seconds that are left of the whole run."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds

    def cut(self, seconds):
        """At most that long, and not beyond the end."""
        left = self.end - time.monotonic()
        if left < 1:
            raise Failed("the time for the whole run is used up (--limit)")
        return min(seconds, left)


def measured(what, measure, *args):
    """measure(*args), or None and the reason on stderr."""
    try:
        return measure(*args)
    except (Failed, OSError, ValueError, KeyError, TypeError, IndexError,
            http.client.HTTPException, subprocess.TimeoutExpired) as why:
        say(f"{what}: {type(why).__name__}: {why}"
            if not isinstance(why, Failed) else f"{what}: {why}")
        return None


def stop_process(process, seconds=30):
    """SIGTERM, and after a while SIGKILL."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Tool:
    """The command, with --json, answered as objects."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.home = tempfile.mkdtemp(prefix="vt-bench-home-")
        self.env = dict(os.environ, HOME=self.home)

    def close(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self, *words):
        return subprocess.Popen(
            [self.path, *words, "--json"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=self.env)

    def __call__(self, *words, timeout=60):
        process = self.start(*words)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            stop_process(process)
            raise Failed(f"vtchain {words[0]}: no answer in "
                         f"{timeout:.0f} s") from None
        try:
            answer = json.loads(out)
        except ValueError:
            raise Failed(f"vtchain {words[0]}: {err.strip()[-300:]}") from None
        if isinstance(answer, dict) and "error" in answer:
            raise Failed(f"vtchain {words[0]}: {answer['error']['message']}")
        return answer


def call(api, method, **params):
    """One JSON-RPC call to a node."""
    host, port = api.rsplit(":", 1)
    conn = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        conn.request("POST", "/rpc", json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}),
            {"Content-Type": "application/json"})
        answer = json.loads(conn.getresponse().read())
    finally:
        conn.close()
    if "error" in answer:
        raise Failed(f"{method}: {answer['error']['message']}")
    return answer["result"]


def status(api, chain):
    return call(api, "chain.status", chain=chain)


def wait_for(what, seconds, ask, pause=0.05):
    """Asks until the answer is true; what does not answer yet is asked on."""
    end = time.monotonic() + seconds
    while True:
        try:
            answer = ask()
        except (Failed, OSError, ValueError, http.client.HTTPException):
            answer = None
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"{what}: not in {seconds:.0f} s")
        time.sleep(pause)


class Finals:
    """When each height of a chain became final at a node, as a client of it
    sees it. Heights without transactions are there too."""

    def __init__(self, api, chain):
        host, port = api.rsplit(":", 1)
        self.conn = http.client.HTTPConnection(host, int(port), timeout=30)
        self.conn.request("GET", f"/events?chain={chain}&types=final")
        self.sock = self.conn.sock
        self.answer = self.conn.getresponse()
        self.at = {}
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def follow(self):
        try:
            for line in self.answer:
                if line.startswith(b"id:"):
                    self.at[int(line[3:])] = time.monotonic()
        except (OSError, ValueError, AttributeError,
                http.client.HTTPException):
            return  # closed, or the node has gone: what is there counts

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the node has gone
        self.thread.join(5)


def members_of(folder, count):
    """API addresses of a network's nodes, from their files."""
    apis = []
    for i in range(count):
        section = ""
        with open(f"{folder}/node{i + 1}/node.ini", encoding="utf-8") as f:
            for line in f:
                line = line.strip()
                if line.startswith("["):
                    section = line
                elif section == "[api]" and line.startswith("listen"):
                    apis.append(line.split("=", 1)[1].strip())
    if len(apis) != count:
        raise Failed(f"{folder}: {len(apis)} nodes of {count}")
    return apis


class Network:
    """Four nodes with a subchain, and no load."""

    def __init__(self, tool, engine, rows, deadline):
        self.tool = tool
        self.chain = engine
        self.dir = tempfile.mkdtemp(prefix="vt-bench-")
        self.again = {}
        self.process = tool.start("dev", "--keep", self.dir, "--chain",
                                  f"{engine}={engine}", "--set", rows)
        try:
            self.about = self.read(deadline.cut(60))
        except Failed:
            self.close()
            raise
        self.nodes = self.about["nodes"]
        self.keys = ["--keys", self.dir + "/keys"]
        accounts = {a["name"]: a["address"] for a in self.about["accounts"]}
        self.to = accounts["bob"]

    def read(self, seconds):
        """The description, which ends where it is one JSON value."""
        found = []

        def take():
            text = ""
            for line in self.process.stdout:
                text += line
                try:
                    found.append(json.loads(text))
                    return
                except ValueError:
                    continue

        reader = threading.Thread(target=take, daemon=True)
        reader.start()
        reader.join(seconds)
        if not found or "error" in found[0]:
            raise Failed(f"no network: {found or 'it does not start'}")
        return found[0]

    def send(self, index, seconds):
        """A transfer through a node; returns when it is final there."""
        return self.tool("tx", "send", self.to, "1", "--chain", self.chain,
                         "--key", "alice", "--node", self.nodes[index]["api"],
                         "--timeout", f"{int(seconds)}s", *self.keys,
                         timeout=seconds + 10)

    def kill(self, index):
        if index in self.again:
            self.again[index].kill()
            self.again[index].wait()
        else:
            os.kill(self.nodes[index]["pid"], signal.SIGKILL)

    def restart(self, index):
        name = self.nodes[index]["name"]
        with open(f"{self.dir}/{name}/node.log", "a", encoding="utf-8") as log:
            self.again[index] = subprocess.Popen(
                [self.tool.path, "node", f"{self.dir}/{name}/node.ini"],
                stdout=log, stderr=log, env=self.tool.env)

    def close(self):
        for process in self.again.values():
            stop_process(process)
        stop_process(self.process)
        shutil.rmtree(self.dir, ignore_errors=True)
