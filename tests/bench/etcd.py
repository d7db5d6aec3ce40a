#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our Raft chain beside etcd: three nodes each on this machine, in one run.

etcd.py [--seconds N] [--window N] [--rounds N] [--limit MINUTES] [--json]
        --load ETCD_LOAD --plugins DIR VTCHAIN

The same on both sides: bytes of a payload (an encoded transfer), requests
under way, 256 keys or accounts, disk, and a write is answered only after a
majority has synced it (both sync every commit, shared by what waits).

Three sides: etcd; a Raft chain; and the same chain with signatures that count
as checked before (tests/bench/prechecked.c), for the like-for-like ratio. The
sides take turns, figures are medians of the rounds. README.md says what is not
the same; read it before a ratio is quoted.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.request

from networks import (Deadline, Failed, Tool, measured, say, stop_process,
                      wait_for)

NODES = 3
LIGHT_RATE = 200
LIGHT_SECONDS = 5
SIDES = ("etcd", "raft", "raft prechecked")
MISSING = """bench-etcd: there is no etcd here. On Debian and Ubuntu:

    apt-get install --no-install-recommends etcd-server

It is only for this bench. The package may start a service of its own; stop it
(systemctl disable --now etcd) so that it does not take part in the figures."""


def free_ports(count):
    taken = [socket.socket() for _ in range(count)]
    for s in taken:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in taken]
    for s in taken:
        s.close()
    return ports


def fetch(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def cpu_ms(pid):
    """User and system time of a process."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf(
        "SC_CLK_TCK")


class Cluster:
    """Three etcd processes with data of their own."""

    def __init__(self, deadline):
        ports = free_ports(2 * NODES)
        self.dir = tempfile.mkdtemp(prefix="vt-bench-etcd-")
        self.clients = [f"127.0.0.1:{p}" for p in ports[:NODES]]
        peers = [f"http://127.0.0.1:{p}" for p in ports[NODES:]]
        all_peers = ",".join(f"n{i}={p}" for i, p in enumerate(peers))
        self.processes = []
        try:
            for i, client in enumerate(self.clients):
                self.start(i, f"http://{client}", peers[i], all_peers)
            for client in self.clients:
                wait_for("etcd", deadline.cut(30), lambda c=client:
                         '"true"' in fetch(f"http://{c}/health"))
        except Failed:
            self.close()
            raise

    def start(self, i, client, peer, all_peers):
        with open(f"{self.dir}/log{i}", "w", encoding="utf-8") as log:
            self.processes.append(subprocess.Popen(
                ["etcd", "--name", f"n{i}", "--data-dir", f"{self.dir}/n{i}",
                 "--listen-client-urls", client,
                 "--advertise-client-urls", client,
                 "--listen-peer-urls", peer,
                 "--initial-advertise-peer-urls", peer,
                 "--initial-cluster", all_peers,
                 "--initial-cluster-state", "new", "--logger", "zap",
                 "--log-level", "error"],
                stdout=log, stderr=log))

    def spent(self):
        """Processor milliseconds, and bytes sent to each other."""
        sent = 0
        for client in self.clients:
            for line in fetch(f"http://{client}/metrics").splitlines():
                if line.startswith("etcd_network_peer_sent_bytes_total"):
                    sent += float(line.rsplit(" ", 1)[1])
        return sum(cpu_ms(p.pid) for p in self.processes), sent

    def close(self):
        for process in self.processes:
            stop_process(process, 5)
        shutil.rmtree(self.dir, ignore_errors=True)


def put_load(args, cluster, rate, seconds, deadline):
    done = subprocess.run(
        [args.load, str(args.window), str(rate), str(args.tx_bytes),
         str(seconds), *cluster.clients],
        capture_output=True, text=True, timeout=deadline.cut(seconds + 30),
        check=False)
    if done.returncode != 0:
        raise Failed(done.stderr.strip()[-300:])
    answer = json.loads(done.stdout)
    if answer["done"] == 0 or answer["failed"] > 0:
        raise Failed(f"{answer['failed']} puts failed, {answer['done']} done: "
                     + done.stderr.strip()[-300:])
    return answer


def measure_etcd(args, rate, seconds, deadline):
    cluster = Cluster(deadline)
    try:
        put_load(args, cluster, rate, 1, deadline)  # all connections' first use
        before = cluster.spent()
        row = put_load(args, cluster, rate, seconds, deadline)
        after = cluster.spent()
    finally:
        cluster.close()
    thousands = row["done"] / 1000
    return {"tps": row["tps"], "p50": row["latency_p50_ms"],
            "p99": row["latency_p99_ms"],
            "cpu": (after[0] - before[0]) / thousands,
            "wire": (after[1] - before[1]) / row["done"]}


def measure_ours(args, side, rate, seconds, deadline):
    words = ["bench", "--engine", "raft", "--nodes", str(NODES), "--seconds",
             str(seconds), "--rate", str(rate), "--window", str(args.window),
             "--plugins", args.plugins]
    if side == "raft prechecked":
        words += ["--scheme", "prechecked"]
    row = args.tool(*words, timeout=deadline.cut(seconds + 75))
    if row["final"] == 0 or row["lost"] > 0:
        raise Failed(f"{row['lost']} transactions lost, {row['final']} final")
    args.tx_bytes = row["tx_bytes"]
    return {"tps": row["final_tps"], "p50": row["latency_p50_ms"],
            "p99": row["latency_p99_ms"], "cpu": row["cpu_ms_per_1000"],
            "wire": row["wire_bytes_per_tx"]}


def measure(args, side, rate, seconds, deadline):
    if side == "etcd":
        return measure_etcd(args, rate, seconds, deadline)
    return measure_ours(args, side, rate, seconds, deadline)


def medians(rounds):
    """Of each figure, over the rounds that have it."""
    found = [r for r in rounds if r is not None]
    return {key: statistics.median(r[key] for r in found)
            for key in (found[0] if found else {})}


def measure_all(args, deadline):
    full = {side: [] for side in SIDES}
    light = {side: [] for side in SIDES}
    for i in range(args.rounds):
        # ours first: it tells how long a transfer is
        for side in (*SIDES[1:], SIDES[0]):
            say(f"round {i + 1} of {args.rounds}: {side}")
            full[side].append(measured(side, measure, args, side, 0,
                                       args.seconds, deadline))
            light[side].append(measured(f"{side}, light load", measure, args,
                                        side, LIGHT_RATE, LIGHT_SECONDS,
                                        deadline))
    rows = {}
    for side in SIDES:
        rows[side] = {**medians(full[side]),
                      **{"light_" + key: value for key, value in
                         medians(light[side]).items()}}
        if "tps" in rows[side]:
            rows[side]["bytes"] = rows[side]["tps"] * args.tx_bytes
    return rows


COLUMNS = (
    ("writes/s", "tps", "{:.0f}"), ("payload MB/s", "bytes", "{:.2f}"),
    ("p50 ms", "p50", "{:.1f}"), ("p99 ms", "p99", "{:.1f}"),
    ("light p50", "light_p50", "{:.1f}"), ("light p99", "light_p99", "{:.1f}"),
    ("CPU ms/1000", "cpu", "{:.0f}"), ("wire B/write", "wire", "{:.0f}"),
)


def ratios_of(rows, side):
    return {key: rows[side][key] / rows["etcd"][key] for _, key, _ in COLUMNS
            if rows[side].get(key) is not None and rows["etcd"].get(key)}


def print_line(name, values, forms):
    print(f"{name:24}" + "".join(
        f"{'-' if values.get(key) is None else form.format(values[key]):>13}"
        for key, form in forms))


def print_table(args, rows):
    print(f"{NODES} nodes each, {args.tx_bytes} bytes a payload, "
          f"{args.window} requests under way at full load, "
          f"{LIGHT_RATE} a second at light load, median of {args.rounds}\n")
    print(f"{'':24}" + "".join(f"{title:>13}" for title, _, _ in COLUMNS))
    for side in SIDES:
        shown = dict(rows[side])
        if "bytes" in shown:
            shown["bytes"] /= 1e6
        print_line(side, shown, [(key, form) for _, key, form in COLUMNS])
    for side in SIDES[1:]:
        print_line(f"{side} / etcd", ratios_of(rows, side),
                   [(key, "{:.2f}") for _, key, _ in COLUMNS])
    print("\nBoth sync every commit before they answer. raft checks one "
          "signature per write and\nnode, keeps a Merkle state with receipts, "
          "speaks TLS between nodes, runs three more\n(idle) chains, and is "
          "measured until the last node says final; etcd does none of it\nand "
          "is measured until its leader's majority. etcd takes one put per "
          "HTTP request,\nours up to 64 transactions. See "
          "tests/bench/README.md.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("vtchain")
    parser.add_argument("--load", required=True, help="the program etcd_load")
    parser.add_argument("--plugins", required=True,
                        help="folder of plugins with prechecked.so")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--window", type=int, default=1024,
                        help="requests under way at most")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=12,
                        help="minutes for all; what is left out then is -")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if shutil.which("etcd") is None:
        sys.exit(MISSING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    say(f"about {args.rounds * 3 * (args.seconds + LIGHT_SECONDS + 16) / 60:.0f}"
        f" minutes, at most {args.limit:g}")
    args.tx_bytes = 258  # corrected by the first run of ours
    args.tool = Tool(args.vtchain)
    try:
        rows = measure_all(args, Deadline(args.limit * 60))
    finally:
        args.tool.close()
    if args.json:
        print(json.dumps({
            "nodes": NODES, "payload_bytes": args.tx_bytes,
            "window": args.window, "sides": rows,
            "ratios": {s: ratios_of(rows, s) for s in SIDES[1:]}}, indent=1))
    else:
        print_table(args, rows)


if __name__ == "__main__":
    main()
