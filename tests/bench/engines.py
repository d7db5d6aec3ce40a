#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each consensus engine does on four nodes of this machine, and what it
costs to go from one to another.

engines.py [--seconds N] [--engines pbft,raft] [--svg FILE] [--json] VTCHAIN

Per engine: final transactions a second under full load, latency from
submission to final on all nodes, processor time, and how long the chain stands
still when the node that made the last block is killed. Per ordered pair: the
time between the last block of one and the first of the other, under load.
All in one run, so that the figures can be compared with each other and not
with those of another day.
"""
import argparse
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time


class Tool:
    """The command, with --json, answered as objects."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.home = tempfile.mkdtemp(prefix="vt-bench-home-")
        self.env = dict(os.environ, HOME=self.home)

    def __call__(self, *words, timeout=120):
        done = subprocess.run(
            [self.path, *words, "--json"],
            capture_output=True, text=True, timeout=timeout, env=self.env)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"error": {"message": done.stderr}}


class Network:
    """Four nodes with a subchain per engine."""

    def __init__(self, tool, engines):
        self.tool = tool
        self.dir = tempfile.mkdtemp(prefix="vt-bench-")
        chains = ",".join(f"b{e}={e}" for e in engines)
        self.process = subprocess.Popen(
            [tool.path, "dev", "--keep", self.dir, "--chain", chains, "--json"],
            stdout=subprocess.PIPE, text=True, env=tool.env)
        text = ""
        while True:
            line = self.process.stdout.readline()
            if line == "":
                raise SystemExit("no network: " + text)
            text += line
            try:
                self.about = json.loads(text)
                break
            except ValueError:
                continue
        self.nodes = self.about["nodes"]
        self.keys = ["--keys", self.dir + "/keys"]
        accounts = {a["name"]: a["address"] for a in self.about["accounts"]}
        self.to = accounts["bob"]

    def send(self, chain, node):
        return self.tool("tx", "send", self.to, "1", "--chain", chain,
                         "--key", "alice", "--node", node["api"],
                         "--timeout", "30s", *self.keys)

    def status(self, chain, node=None):
        api = (node or self.nodes[0])["api"]
        return self.tool("chain", "status", chain, "--node", api)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def recovery_ms(network, chain):
    """Kills who made the newest block; time until a transfer is final."""
    for _ in range(5):
        network.send(chain, network.nodes[0])
    tip = network.tool("block", "show", "--chain", chain,
                       "--node", network.nodes[0]["api"])
    victim = int(tip.get("proposer_index", 0)) % len(network.nodes)
    left = network.nodes[(victim + 1) % len(network.nodes)]
    os.kill(network.nodes[victim]["pid"], signal.SIGKILL)
    start = time.monotonic()
    while network.send(chain, left).get("stage") != "final":
        if time.monotonic() - start > 120:
            return None
    return round((time.monotonic() - start) * 1000)


def switch_gap_ms(network, chain, to):
    """Under load of one client; None when the switch did not come."""
    before = network.status(chain)["epoch"]
    stop = threading.Event()

    def load():
        while not stop.is_set():
            network.send(chain, network.nodes[1])

    client = threading.Thread(target=load)
    client.start()
    gap = None
    try:
        for _ in range(3):
            network.tool("chain", "switch", chain, "--to", to, "--at", "+160",
                         "--key", "alice", "--node", network.nodes[0]["api"],
                         *network.keys)
            for _ in range(600):
                now = network.status(chain)
                if now.get("epoch", 0) > before:
                    break
                if now.get("switch") is None and now["final_height"] > 0:
                    time.sleep(0.2)
                    if network.status(chain).get("switch") is None:
                        break
                time.sleep(0.1)
            if network.status(chain).get("epoch", 0) > before:
                first = network.status(chain)["epoch_start"]
                while network.status(chain)["final_height"] < first:
                    time.sleep(0.05)
                gap = block_time(network, chain, first) - block_time(
                    network, chain, first - 1)
                break
    finally:
        stop.set()
        client.join()
    return gap


def block_time(network, chain, height):
    block = network.tool("block", "show", str(height), "--chain", chain,
                         "--node", network.nodes[0]["api"])
    return block["time_ms"]


def measure_engine(tool, engine, seconds):
    row = tool("bench", "--engine", engine, "--seconds", str(seconds),
               timeout=seconds * 10 + 120)
    if "error" in row:
        print(f"{engine}: {row['error']['message']}", file=sys.stderr)
        return None
    network = Network(tool, [engine])
    try:
        row["recovery_ms"] = recovery_ms(network, "b" + engine)
    finally:
        network.stop()
    row["engine"] = engine
    return row


def measure_switches(tool, engines):
    gaps = {}
    network = Network(tool, [engines[0]])
    chain = "b" + engines[0]
    now = engines[0]
    try:
        for here, there in itertools.permutations(engines, 2):
            if now != here:
                switch_gap_ms(network, chain, here)
            gaps[f"{here} -> {there}"] = switch_gap_ms(network, chain, there)
            now = there
    finally:
        network.stop()
    return gaps


def print_table(rows, gaps):
    print(f"{'ENGINE':8} {'FINAL TX/S':>10} {'P50 MS':>8} {'P99 MS':>8} "
          f"{'CPU MS/1000 TX':>14} {'EFFICIENCY':>10} {'RECOVERY MS':>11}")
    for r in rows:
        print(f"{r['engine']:8} {r['final_tps']:10.0f} "
              f"{r['latency_p50_ms']:8.0f} {r['latency_p99_ms']:8.0f} "
              f"{r['cpu_ms_per_1000']:14.0f} {r['efficiency']:10.2f} "
              f"{str(r['recovery_ms']):>11}")
    if gaps:
        print("\nSWITCH UNDER LOAD       GAP MS")
    for pair, gap in gaps.items():
        print(f"{pair:22} {str(gap):>8}")


def write_svg(path, rows):
    """Bars of final transactions a second, one per engine."""
    high = max(r["final_tps"] for r in rows)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" '
           f'viewBox="0 0 640 {60 + 44 * len(rows)}" font-family="sans-serif" '
           'font-size="14"><rect width="100%" height="100%" fill="white"/>'
           '<text x="16" y="28">final transactions a second, four nodes'
           "</text>"]
    for i, r in enumerate(rows):
        y = 48 + 44 * i
        width = round(400 * r["final_tps"] / high)
        out.append(
            f'<text x="16" y="{y + 20}">{r["engine"]}</text>'
            f'<rect x="100" y="{y}" width="{width}" height="28" '
            f'fill="#0072b2"/><text x="{108 + width}" y="{y + 20}">'
            f'{r["final_tps"]:.0f}, p50 {r["latency_p50_ms"]:.0f} ms</text>')
    out.append("</svg>\n")
    with open(path, "w", encoding="utf-8") as f:
        f.write("".join(out))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("vtchain")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--engines", default="pbft,raft")
    parser.add_argument("--no-switches", action="store_true")
    parser.add_argument("--svg")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    tool = Tool(args.vtchain)
    engines = args.engines.split(",")
    rows = [r for r in (measure_engine(tool, e, args.seconds) for e in engines)
            if r is not None]
    gaps = {}
    if not args.no_switches and len(engines) > 1:
        gaps = measure_switches(tool, engines)
    if args.json:
        print(json.dumps({"engines": rows, "switch_gap_ms": gaps}, indent=1))
    else:
        print_table(rows, gaps)
    if args.svg and rows:
        write_svg(args.svg, rows)


if __name__ == "__main__":
    main()
