#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each consensus engine does on four nodes of this machine, and what it
costs to go from one to another.

engines.py [--engines pbft,raft,dpos,pow,pos] [--seconds N] [--limit MINUTES]
           [--no-switches] [--json] [--svg FILE] VTCHAIN

Per engine, each on a network of its own:
- full load: final transactions a second, latency from submission to final on
  all nodes, processor time and bytes on the wire of all nodes;
- light load: the same latency at 50 transactions a second;
- the node that made the newest block is killed (SIGKILL): time until a transfer
  that is sent right then to another node is final there. Median of three.
Per ordered pair, under 200 transactions a second, all pairs in one walk: time
from the old engine's last final block to the new one's first, as a subscriber
to one node's events sees it.

What could not be measured is "-", the reason on stderr. All is from one run, so
that the figures can be compared with each other and not with another day's.
"""
import argparse
import itertools
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import engines_svg
from networks import (Deadline, Failed, Finals, Network, Tool, call,
                      measured, members_of, say, status, stop_process,
                      wait_for)

# Engines whose blocks have their time get a short one: in earnest it is half a
# second to minutes, and latency and gap grow with it. The others propose when
# there is work; their defaults are what one would use.
OPTIONS = {
    "dpos": {"slot": "100ms", "run": "2", "timeout": "100ms"},
    "pow": {"interval": "250ms", "depth": "6", "first": "262144",
            "limit": "16384", "halflife": "15s"},
    "pos": {"slot": "100ms", "active_permille": "500",
            "pointer_timeout": "200ms", "retransmit": "100ms"},
}
# Heights from asking for a switch to the old engine's last block: time for all
# to be ready, which slow blocks give in fewer heights.
AHEAD = {"pbft": 200, "raft": 200}
AHEAD_OTHER = 40
FREEZE = 16

NODES = 4
LIGHT_RATE = 50
LIGHT_SECONDS = 5
SWITCH_RATE = 200
SWITCH_SECONDS = 6  # one, on average
KILLS = 3


def rows_of(engine):
    rows = [f"chain.switch_freeze = {FREEZE}"]
    for key, value in OPTIONS.get(engine, {}).items():
        rows.append(f"consensus.{engine}.{key} = {value}")
    return "; ".join(rows)


def options_of(engine):
    return "; ".join(f"{k} = {v}" for k, v in OPTIONS.get(engine, {}).items())


# ---- one engine -------------------------------------------------------------


def full_load(tool, engine, seconds, deadline):
    row = tool("bench", "--engine", engine, "--seconds", str(seconds),
               "--set", rows_of(engine), timeout=deadline.cut(seconds + 75))
    if row["final"] == 0:
        raise Failed("nothing became final")
    return row


def light_load(tool, engine, deadline):
    row = tool("bench", "--engine", engine, "--seconds", str(LIGHT_SECONDS),
               "--rate", str(LIGHT_RATE), "--set", rows_of(engine),
               timeout=deadline.cut(LIGHT_SECONDS + 60))
    if row["final"] == 0:
        raise Failed("nothing became final")
    return row


def whole(network, api):
    """Have all nodes their links, and nothing to catch up on?"""
    now = status(api, network.chain)
    return now["peers_up"] == NODES - 1 and not now["syncing"]


def kill_once(network, chain, deadline):
    for _ in range(3):
        network.send(0, deadline.cut(30))
    tip = call(network.nodes[0]["api"], "block.get", chain=chain)
    victim = int(tip["proposer_index"])
    left = (victim + 1) % NODES
    network.kill(victim)
    start = time.monotonic()
    try:
        network.send(left, deadline.cut(45))
        spent = time.monotonic() - start
    finally:
        network.restart(victim)
    for node in network.nodes:
        wait_for(f"{node['name']} after a kill", deadline.cut(30),
                 lambda api=node["api"]: whole(network, api))
    return spent * 1000


def recovery(tool, engine, deadline):
    network = Network(tool, engine, rows_of(engine), deadline)
    spent = []
    try:
        for _ in range(KILLS):
            spent.append(kill_once(network, engine, deadline))
    except Failed as why:
        if not spent:
            raise
        say(f"{engine}: {len(spent)} kills of {KILLS}: {why}")
    finally:
        network.close()
    return round(statistics.median(spent))


def measure_engine(tool, engine, seconds, deadline):
    row = {"engine": engine, "options": options_of(engine)}
    say(f"{engine}: full load")
    full = measured(f"{engine}, full load", full_load, tool, engine, seconds,
                    deadline)
    say(f"{engine}: light load")
    light = measured(f"{engine}, light load", light_load, tool, engine,
                     deadline)
    say(f"{engine}: kill")
    row["recovery_ms"] = measured(f"{engine}, kill", recovery, tool, engine,
                                  deadline)
    for key in ("final_tps", "latency_p50_ms", "latency_p99_ms",
                "cpu_ms_per_1000", "wire_bytes_per_tx", "efficiency",
                "tx_bytes", "lost"):
        row[key] = None if full is None else full[key]
    for key in ("latency_p50_ms", "latency_p99_ms"):
        row["light_" + key] = None if light is None else light[key]
    return row


# ---- going from one to another ----------------------------------------------


def walk(names):
    """A round trip that takes every ordered pair once (Hierholzer): in a
    complete graph each node has as many ways out as in."""
    left = {n: [m for m in names if m != n] for n in names}
    stack, path = [names[0]], []
    while stack:
        if left[stack[-1]]:
            stack.append(left[stack[-1]].pop())
        else:
            path.append(stack.pop())
    return path[::-1]


class Loaded:
    """A network under the load of vtchain bench, which follows every
    transaction."""

    def __init__(self, tool, engine, seconds, deadline):
        self.tool = tool
        self.chain = engine
        self.finals = None
        self.dir = tempfile.mkdtemp(prefix="vt-bench-")
        self.process = tool.start(
            "bench", "--engine", engine, "--rate", str(SWITCH_RATE),
            "--seconds", str(seconds), "--keep", self.dir, "--set",
            rows_of(engine))
        try:
            self.api = wait_for("load", deadline.cut(90), self.loaded)[0]
            self.finals = Finals(self.api, engine)
        except Failed:
            self.close()
            raise

    def engine(self):
        return status(self.api, self.chain)["engine"].split(".")[-1]

    def loaded(self):
        if self.process.poll() is not None:
            return None
        apis = members_of(self.dir, NODES)
        # the accounts' grants are final: what comes now is the load
        return apis if status(apis[0], self.chain)["txs_total"] > 300 else None

    def result(self):
        """Ends the load; what bench says about it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            out, err = self.process.communicate(timeout=60)
            return json.loads(out)
        except subprocess.TimeoutExpired:
            raise Failed("the load does not end") from None
        except ValueError:
            raise Failed(f"the load failed: {err.strip()[-300:]}") from None

    def close(self):
        if self.finals is not None:
            self.finals.close()
        stop_process(self.process)
        shutil.rmtree(self.dir, ignore_errors=True)

    def ask_switch(self, here, there, more, seconds):
        """Sends the proposal, which is not waited for: the height it names is.
        """
        ahead = AHEAD.get(here, AHEAD_OTHER) * more
        words = ["chain", "switch", self.chain, "--to", there, "--at",
                 f"+{ahead}", "--key", "alice", "--keys", self.dir + "/keys",
                 "--node", self.api, "--timeout", f"{int(seconds)}s"]
        if there in OPTIONS:
            words += ["--options", options_of(there)]
        self.tool(*words, timeout=seconds + 10)

    def switch(self, here, there, deadline):
        """Milliseconds between the old engine's last final block and the new
        one's first."""
        before = status(self.api, self.chain)["epoch"]
        for more in (1, 2, 4):
            self.ask_switch(here, there, more, deadline.cut(30))

            def over():
                now = status(self.api, self.chain)
                return now["epoch"] > before or now["switch"] is None

            wait_for(f"{here} -> {there}", deadline.cut(60), over)
            now = status(self.api, self.chain)
            if now["epoch"] > before:
                break
            say(f"{here} -> {there}: not all were ready in time, once more")
        else:
            raise Failed("never were all ready in time")
        first = now["epoch_start"]
        wait_for(f"the first block of {there}", deadline.cut(60),
                 lambda: first in self.finals.at)
        return round((self.finals.at[first] - self.finals.at[first - 1]) * 1000)


def measure_switches(tool, engines, deadline):
    """Gaps by pair, and what became of the load."""
    path = walk(engines)
    gaps = {f"{here} -> {there}": None for here, there in zip(path, path[1:])}
    seconds = len(path) * SWITCH_SECONDS * 2
    network = Loaded(tool, path[0], seconds, deadline)
    try:
        for here, there in zip(path, path[1:]):
            pair = f"{here} -> {there}"
            say(pair)
            gaps[pair] = measured(pair, network.switch, here, there, deadline)
            if gaps[pair] is None and network.engine() != there:
                say(f"{pair}: the walk ends here")
                break
        load = measured("switches, load", network.result)
    finally:
        network.close()
    return gaps, load


# ---- what is told -----------------------------------------------------------


COLUMNS = (
    ("ENGINE", "engine", 6, "{}"),
    ("FINAL TX/S", "final_tps", 10, "{:.0f}"),
    ("P50 MS", "latency_p50_ms", 7, "{:.0f}"),
    ("P99 MS", "latency_p99_ms", 7, "{:.0f}"),
    ("LIGHT P50", "light_latency_p50_ms", 9, "{:.0f}"),
    ("LIGHT P99", "light_latency_p99_ms", 9, "{:.0f}"),
    ("CPU MS/1000 TX", "cpu_ms_per_1000", 14, "{:.0f}"),
    ("WIRE B/TX", "wire_bytes_per_tx", 9, "{:.0f}"),
    ("RECOVERY MS", "recovery_ms", 11, "{:.0f}"),
)


def cell(row, key, form):
    return "-" if row.get(key) is None else form.format(row[key])


def print_table(rows, engines, gaps, load):
    print("  ".join(f"{title:>{width}}" for title, _, width, _ in COLUMNS))
    for row in rows:
        print("  ".join(f"{cell(row, key, form):>{width}}"
                        for _, key, width, form in COLUMNS))
    for row in rows:
        if row["options"]:
            print(f"{row['engine']} with {row['options']}")
    if not gaps:
        return
    print("\nSwitch gap in ms, from the row's engine to the column's")
    print(" " * 8 + "".join(f"{e:>8}" for e in engines))
    for here in engines:
        print(f"{here:8}" + "".join(
            f"{'' if here == there else gap_text(gaps, here, there):>8}"
            for there in engines))
    if load is not None:
        print(f"{load['offered']} transactions under way in all that: "
              f"{load['final']} final on all nodes, {load['lost']} lost; "
              f"longest wait {load['latency_max_ms'] / 1000:.1f} s")


def gap_text(gaps, here, there):
    gap = gaps.get(f"{here} -> {there}")
    return "-" if gap is None else str(gap)


def estimate_seconds(engines, seconds, switches):
    """What a quiet machine of two cores needs."""
    return (len(engines) * (seconds + LIGHT_SECONDS + 50) +
            (20 + SWITCH_SECONDS * len(engines) * (len(engines) - 1)
             if switches else 0))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("vtchain")
    parser.add_argument("--engines", default="pbft,raft,dpos,pow,pos")
    parser.add_argument("--seconds", type=int, default=8,
                        help="of full load per engine")
    parser.add_argument("--limit", type=float, default=15,
                        help="minutes for all; what is left out then is -")
    parser.add_argument("--no-switches", action="store_true")
    parser.add_argument("--svg", help="file to draw the figures into")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    engines = args.engines.split(",")
    switches = not args.no_switches and len(engines) > 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    say(f"about {estimate_seconds(engines, args.seconds, switches) / 60:.0f} "
        f"minutes, at most {args.limit:g}")
    for engine in engines:
        say(f"{engine}: {options_of(engine) or 'its defaults'}")
    deadline = Deadline(args.limit * 60)
    tool = Tool(args.vtchain)
    gaps, load = {}, None
    try:
        rows = [measure_engine(tool, e, args.seconds, deadline)
                for e in engines]
        if switches:
            found = measured("switches", measure_switches, tool, engines,
                             deadline)
            if found is None:
                pairs = itertools.permutations(engines, 2)
                found = ({f"{a} -> {b}": None for a, b in pairs}, None)
            gaps, load = found
    finally:
        tool.close()
    if args.json:
        print(json.dumps({"engines": rows, "switch_gap_ms": gaps,
                          "switch_load": load}, indent=1))
    else:
        print_table(rows, engines, gaps, load)
    if args.svg:
        engines_svg.write(args.svg, rows, engines, gaps)


if __name__ == "__main__":
    main()
