#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Test vectors of VTChain's bytes, made without any of its code.

make_vectors.py wire    prints core/wire/vectors.json
make_vectors.py ledger  prints core/ledger/vectors.json

Written from core/wire/README.md and core/ledger/README.md alone, with
nothing but hashlib, so that a second implementation agrees with the C one
before anybody else's has to. 64-bit and 128-bit numbers are decimal strings:
not every JSON reader keeps them whole.
"""
import hashlib
import json
import sys


def sha256(data):
    return hashlib.sha256(data).digest()


def tagged(tag, *parts):
    head = sha256(tag.encode())
    return sha256(head + head + b"".join(parts))


def u(number, size):
    return number.to_bytes(size, "little")


def var(data):
    return u(len(data), 4) + data


def filler(seed, size):
    """Bytes that look like nothing in particular, the same every time."""
    out = b""
    while len(out) < size:
        out += sha256(seed.encode() + u(len(out), 4))
    return out[:size]


# ---- Bech32m (BIP350) --------------------------------------------------------

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def polymod(values):
    generator = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit in range(5):
            check ^= generator[bit] if top >> bit & 1 else 0
    return check


def bech32m(prefix, data, padding="0", constant=0x2BC830A3):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += padding * (-len(bits) % 5)
    groups = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = polymod(expanded + groups + [0] * 6) ^ constant
    groups += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(CHARSET[group] for group in groups)


# ---- BIP340 signatures -------------------------------------------------------

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def add(a, b):
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if a[1] != b[1]:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(point, factor):
    result = None
    while factor:
        if factor & 1:
            result = add(result, point)
        point = add(point, point)
        factor >>= 1
    return result


def schnorr_public(secret):
    return multiply(G, int.from_bytes(secret, "big"))[0].to_bytes(32, "big")


def schnorr_sign(secret, message):
    """With 32 zero bytes of auxiliary randomness, as the schnorr plugin."""
    number = int.from_bytes(secret, "big")
    point = multiply(G, number)
    number = number if point[1] % 2 == 0 else N - number
    public = point[0].to_bytes(32, "big")
    mask = tagged("BIP0340/aux", bytes(32))
    masked = bytes(a ^ b for a, b in zip(number.to_bytes(32, "big"), mask))
    nonce = tagged("BIP0340/nonce", masked, public, message)
    k = int.from_bytes(nonce, "big") % N
    r = multiply(G, k)
    k = k if r[1] % 2 == 0 else N - k
    rx = r[0].to_bytes(32, "big")
    e = int.from_bytes(tagged("BIP0340/challenge", rx, public, message), "big")
    return rx + ((k + e * number) % N).to_bytes(32, "big")


# ---- addresses, assets, transactions -------------------------------------------

SECRET = filler("secret", 32)
PUBLIC = schnorr_public(SECRET)
CHAIN = filler("chain", 32)
TOKEN = bytes(32)
GAS = b"\x01" + bytes(31)


def address(scheme, public):
    return u(scheme, 1) + tagged("VTC/address/1", u(scheme, 1), public)[:20]


ALICE = address(1, PUBLIC)
BOB = address(2, filler("bob", 32))


def asset_id(issuer, symbol):
    return tagged("VTC/asset/1", issuer, symbol)


def transfer(to, asset, amount, memo):
    return to + asset + u(amount, 16) + var(memo)


def register(symbol, name, decimals, limit):
    return var(symbol) + var(name) + u(decimals, 1) + u(limit, 16)


def issue(asset, to, amount):
    return asset + to + u(amount, 16)


def switch(at, engine, options, members):
    out = u(at, 8) + var(engine) + var(options) + u(len(members), 4)
    for name, public, weight in members:
        out += var(name) + var(public) + u(weight, 8)
    return out


def unsigned(tx):
    return (
        u(1, 2)
        + tx["chain"]
        + u(tx["scheme"], 1)
        + var(tx["public_key"])
        + u(tx["nonce"], 8)
        + u(tx["valid_until"], 8)
        + u(tx["gas_limit"], 8)
        + u(tx["fee"], 16)
        + u(tx["kind"], 2)
        + var(tx["payload"])
    )


def tx_id(tx):
    return tagged("VTC/tx/1", unsigned(tx))


def encode_tx(tx):
    return unsigned(tx) + var(tx["signature"])


def make_tx(kind, payload, **more):
    tx = {
        "chain": CHAIN,
        "scheme": 1,
        "public_key": PUBLIC,
        "nonce": 7,
        "valid_until": 0,
        "gas_limit": 100000,
        "fee": 250,
        "kind": kind,
        "payload": payload,
    }
    tx.update(more)
    if "signature" not in tx:
        tx["signature"] = schnorr_sign(SECRET, tx_id(tx))
    return tx


def listed_tx(need, secrets, signers, payload):
    """Of an account of which `need` of these keys must sign."""
    secrets = sorted(secrets, key=schnorr_public)
    keys = b"".join(schnorr_public(secret) for secret in secrets)
    tx = make_tx(1, payload, scheme=3, signature=b"",
                 public_key=u(1, 1) + u(need, 1) + u(len(secrets), 1) + keys)
    signed = [schnorr_sign(secrets[i], tx_id(tx)) for i in signers]
    tx["signature"] = u(sum(1 << i for i in signers), 2) + b"".join(
        u(len(one), 2) + one for one in signed)
    return tx


def show_tx(name, tx, **fields):
    return {
        "name": name,
        "chain_id": tx["chain"].hex(),
        "scheme": tx["scheme"],
        "public_key": tx["public_key"].hex(),
        "nonce": str(tx["nonce"]),
        "valid_until": str(tx["valid_until"]),
        "gas_limit": str(tx["gas_limit"]),
        "fee": str(tx["fee"]),
        "kind": tx["kind"],
        **fields,
        "payload": tx["payload"].hex(),
        "id": tx_id(tx).hex(),
        "signature": tx["signature"].hex(),
        "sender": address(tx["scheme"], tx["public_key"]).hex(),
        "encoded": encode_tx(tx).hex(),
    }


TRANSFERS = [
    ("transfer of the token", BOB, TOKEN, 1234500000, b"", {}),
    ("transfer of gas with a memo", BOB, GAS, 1, b"invoice 17", {"nonce": 0}),
    (
        "transfer of a custom asset, largest numbers",
        BOB,
        asset_id(ALICE, b"GOLD"),
        2**128 - 1,
        b"m" * 256,
        {
            "nonce": 2**64 - 1,
            "valid_until": 2**64 - 1,
            "gas_limit": 2**64 - 1,
            "fee": 2**128 - 1,
        },
    ),
    (
        "transfer, ed25519 scheme, signature not checked here",
        ALICE,
        TOKEN,
        5,
        b"",
        {"scheme": 2, "public_key": filler("bob", 32), "signature": filler("s", 64)},
    ),
]

REGISTRATIONS = [
    ("asset registration", b"GOLD", b"Gold, troy ounce", 3, 0),
    ("asset registration, longest", b"A234567890123456", "金".encode() * 10 + b"ab",
     18, 2**128 - 1),
]


SWITCHES = [
    ("switch, the members stay", 1000, b"raft", b"heartbeat = 50ms\n", []),
    (
        "switch to other members",
        2**64 - 1,
        b"pbft",
        b"",
        [(b"n1", filler("m1", 32), 1), (b"n2", filler("m2", 64), 2**64 - 1)],
    ),
    ("switch, the engine stays", 7, b"", b"", [(b"n3", filler("m3", 32), 2**50)]),
]


def transactions():
    shown = []
    encoded = []

    def put(name, tx, **fields):
        shown.append(show_tx(name, tx, **fields))
        encoded.append(encode_tx(tx))

    for name, to, asset, amount, memo, more in TRANSFERS:
        put(
            name,
            make_tx(1, transfer(to, asset, amount, memo), **more),
            transfer={
                "to": to.hex(),
                "asset": asset.hex(),
                "amount": str(amount),
                "memo": memo.hex(),
            },
        )
    for name, symbol, title, decimals, limit in REGISTRATIONS:
        put(
            name,
            make_tx(2, register(symbol, title, decimals, limit)),
            register={
                "symbol": symbol.hex(),
                "name": title.hex(),
                "decimals": decimals,
                "supply_max": str(limit),
            },
        )
    gold = asset_id(ALICE, b"GOLD")
    put(
        "asset issue",
        make_tx(3, issue(gold, BOB, 500), nonce=8),
        issue={"asset": gold.hex(), "to": BOB.hex(), "amount": "500"},
    )
    for name, at, engine, options, members in SWITCHES:
        put(
            name,
            make_tx(4, switch(at, engine, options, members)),
            switch={
                "at": str(at),
                "engine": engine.decode(),
                "options": options.hex(),
                "members": [
                    {"name": n.decode(), "public_key": k.hex(), "weight": str(w)}
                    for n, k, w in members
                ],
            },
        )
    digest = tagged("VTC/switch/1", switch(*SWITCHES[0][1:]))
    put("ready", make_tx(5, digest, fee=0), ready=digest.hex())
    put("stake", make_tx(6, u(10**11, 16)), amount=str(10**11))
    put("withdraw stake", make_tx(7, u(2**128 - 1, 16)), amount=str(2**128 - 1))
    put("vote", make_tx(8, BOB), candidate=BOB.hex())
    put("vote for nobody", make_tx(8, bytes(21)), candidate=bytes(21).hex())
    put("stand for election", make_tx(9, var(b"node5")), stands_as=b"node5".hex())
    put("stand no longer", make_tx(9, var(b"")), stands_as="")
    for name, prev in (("anchor, the first of its chain", 0),
                       ("anchor", 2**64 - 2)):
        a = {"chain": filler("sub", 32).hex(), "height": str(2**64 - 1),
             "id": filler("block", 32).hex(), "prev_height": str(prev),
             "prev_id": (filler("before", 32) if prev else bytes(32)).hex()}
        put(name, make_tx(10, bytes.fromhex(a["chain"]) + u(2**64 - 1, 8)
                          + bytes.fromhex(a["id"]) + u(prev, 8)
                          + bytes.fromhex(a["prev_id"])), anchor=a)
    evidence = {"epoch": 3, "kind": 2**32 - 1, "a": filler("a", 100),
                "b": filler("b", 1)}
    put("evidence",
        make_tx(11, u(3, 8) + u(2**32 - 1, 4) + var(evidence["a"])
                + var(evidence["b"]), fee=0),
        evidence={"epoch": "3", "kind": 2**32 - 1, "a": evidence["a"].hex(),
                  "b": evidence["b"].hex()})
    put("transfer, two of three listed keys",
        listed_tx(2, [filler(f"listed {i}", 32) for i in range(3)], [0, 2],
                  transfer(BOB, TOKEN, 3, b"")),
        transfer={"to": BOB.hex(), "asset": TOKEN.hex(), "amount": "3",
                  "memo": ""})
    return shown, encoded


# ---- blocks ----------------------------------------------------------------------


def merkle(leaves):
    level = list(leaves)
    if not level:
        return bytes(32)
    while len(level) > 1:
        above = [
            tagged("VTC/merkle/1", level[i], level[i + 1])
            for i in range(0, len(level) - 1, 2)
        ]
        level = above + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def merkle_path(leaves, index):
    path = []
    level = list(leaves)
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        above = [
            tagged("VTC/merkle/1", level[i], level[i + 1])
            for i in range(0, len(level) - 1, 2)
        ]
        level = above + ([level[-1]] if len(level) % 2 else [])
        index //= 2
    return path


def tx_leaf(encoded):
    return tagged("VTC/txleaf/1", encoded)


def encode_header(h):
    return (
        u(1, 2)
        + h["chain"]
        + u(h["height"], 8)
        + u(h["epoch"], 8)
        + h["parent"]
        + h["time_ms"].to_bytes(8, "little", signed=True)
        + h["proposer"]
        + u(h["proposer_index"], 4)
        + u(h["tx_count"], 4)
        + h["body_root"]
        + u(h["exec_height"], 8)
        + h["state_root"]
        + h["receipts_root"]
        + b"".join(h["ledger_root"])
        + h["params"]
        + var(h["payload"])
        + var(h["handoff"])
    )


def block(name, txs, **more):
    leaves = [tx_leaf(tx) for tx in txs]
    h = {
        "chain": CHAIN,
        "height": 42,
        "epoch": 3,
        "parent": filler("parent", 32),
        "time_ms": 1767225600123,
        "proposer": ALICE,
        "proposer_index": 2,
        "tx_count": len(txs),
        "body_root": merkle(leaves),
        "exec_height": 41,
        "state_root": filler("state", 32),
        "receipts_root": filler("receipts", 32),
        "ledger_root": [filler(f"ledger {i}", 32) for i in range(4)],
        "params": filler("params", 32),
        "payload": filler("payload", 24),
        "handoff": b"",
    }
    h.update(more)
    header = encode_header(h)
    return {
        "name": name,
        "header": {
            "chain_id": h["chain"].hex(),
            "height": str(h["height"]),
            "epoch": str(h["epoch"]),
            "parent": h["parent"].hex(),
            "time_ms": h["time_ms"],
            "proposer": h["proposer"].hex(),
            "proposer_index": h["proposer_index"],
            "tx_count": h["tx_count"],
            "body_root": h["body_root"].hex(),
            "exec_height": str(h["exec_height"]),
            "state_root": h["state_root"].hex(),
            "receipts_root": h["receipts_root"].hex(),
            "ledger_root": [root.hex() for root in h["ledger_root"]],
            "params": h["params"].hex(),
            "payload": h["payload"].hex(),
            "handoff": h["handoff"].hex(),
        },
        "encoded_header": header.hex(),
        "id": tagged("VTC/header/1", header).hex(),
        "transactions": [tx.hex() for tx in txs],
        "leaves": [leaf.hex() for leaf in leaves],
        "paths": [
            [node.hex() for node in merkle_path(leaves, i)] for i in range(len(txs))
        ],
        "encoded": (var(header) + b"".join(var(tx) for tx in txs)).hex(),
    }


# ---- frames ----------------------------------------------------------------------


def frame(name, kind, payload, chain=CHAIN, epoch=3):
    rest = u(kind, 1) + chain + u(epoch, 8) + payload
    return {
        "name": name,
        "kind": kind,
        "chain_id": chain.hex(),
        "epoch": str(epoch),
        "payload": payload.hex(),
        "encoded": var(rest).hex(),
    }


def hello(node, chains):
    out = u(1, 2) + var(node) + u(len(chains), 4)
    for name, chain, params in chains:
        out += chain + params + var(name)
    return out


def frames(small, seal):
    zero = bytes(32)
    chains = [
        (b"main", CHAIN, filler("params", 32)),
        (b"trade", filler("trade", 32), filler("trade params", 32)),
    ]
    greeting = hello(b"node1", chains)
    vote = u(3, 4) + u(0, 1) + var(filler("vote", 40))
    proposal = u(1, 4) + u(1, 1) + var(filler("proposal", 12)) + var(small)
    header_len = int.from_bytes(small[:4], "little")
    block_id = tagged("VTC/header/1", small[4 : 4 + header_len])
    tx = encode_tx(make_tx(1, transfer(BOB, TOKEN, 1, b"")))
    listed = [
        frame("hello", 1, greeting, zero, 0),
        frame("ping", 2, filler("ping", 8), zero, 0),
        frame("pong", 3, filler("ping", 8), zero, 0),
        frame("goodbye", 4, b"stopping", zero, 0),
        frame("params", 5, var(b"trade") + var(b"chain.name=trade\n"), zero, 0),
        frame("consensus message without a block", 16, vote),
        frame("consensus message with a block", 16, proposal),
        frame("transactions", 17, u(1, 4) + var(tx)),
        frame("status", 18, u(42, 8) + block_id + u(1, 1)),
        frame("get blocks", 19, u(40, 8) + u(3, 4)),
        frame("blocks", 20, u(42, 8) + u(1, 4) + var(small) + var(seal)),
        frame("get body", 21, block_id),
        frame("body", 22, block_id + var(small)),
        frame("body that is not here", 22, block_id + var(b"")),
    ]
    hellos = [
        {
            "node": "node1",
            "chains": [
                {"name": n.decode(), "chain_id": c.hex(), "params": p.hex()}
                for n, c, p in chains
            ],
            "encoded": greeting.hex(),
        },
        {"node": "x", "chains": [], "encoded": hello(b"x", []).hex()},
    ]
    messages = [
        {"proto": 3, "message": filler("vote", 40).hex(), "block": "",
         "encoded": vote.hex()},
        {"proto": 1, "message": filler("proposal", 12).hex(), "block": small.hex(),
         "encoded": proposal.hex()},
    ]
    return listed, hellos, messages


def wrong_texts(text):
    """Addresses that must be refused, and why."""
    swapped = text[:10] + text[11] + text[10] + text[12:]
    return [
        {"text": text[:-1] + ("q" if text[-1] != "q" else "p"), "why": "last character"},
        {"text": swapped, "why": "two characters swapped"},
        {"text": text[:5] + text[6:], "why": "a character is missing"},
        {"text": text[:5] + "q" + text[5:], "why": "a character too many"},
        {"text": text[:7] + text[7].upper() + text[8:] if text[7].isalpha()
         else text[:8] + text[8].upper() + text[9:], "why": "mixed case"},
        {"text": text.upper()[:-1] + text[-1], "why": "mixed case, upper first"},
        {"text": "Vt" + text.upper()[2:], "why": "mixed case in the prefix"},
        {"text": bech32m("vt", ALICE, padding="1"), "why": "padding is not zero"},
        {"text": bech32m("vt", ALICE, constant=1), "why": "Bech32, not Bech32m"},
        {"text": bech32m("vt", ALICE[:-1]), "why": "too short, checksum is right"},
        {"text": bech32m("vt", ALICE + b"x"), "why": "too long, checksum is right"},
        {"text": "vx" + text[2:], "why": "another prefix"},
        {"text": "vs" + text[2:], "why": "checksum of another prefix"},
        {"text": text[:4] + "b" + text[5:], "why": "b is not in the alphabet"},
        {"text": "", "why": "nothing"},
        {"text": "vt1", "why": "nothing after the prefix"},
    ]


def wire():
    shown, encoded = transactions()
    blocks = [
        block("genesis", [], chain=bytes(32), height=0, epoch=0, parent=bytes(32),
              exec_height=0, payload=b"", proposer=bytes(21), proposer_index=0),
        block("one transaction", encoded[:1]),
        block("all kinds of transactions", encoded, payload=b"", time_ms=-1,
              proposer_index=2**32 - 1),
        block("first of an epoch", [], handoff=var(switch(*SWITCHES[0][1:]))
              + filler("random", 32) + var(filler("seal", 90))),
    ]
    small = bytes.fromhex(blocks[1]["encoded"])
    listed, hellos, messages = frames(small, filler("seal", 90))
    text = bech32m("vt", ALICE)
    return {
        "about": "Vectors of core/wire/README.md, made by tests/wire/make_vectors.py.",
        "key": {"secret": SECRET.hex(), "public": PUBLIC.hex()},
        "hashes": [
            {"tag": tag, "message": message.hex(),
             "hash": tagged(tag, message).hex()}
            for tag, message in (("VTC/tx/1", b""), ("VTC/header/1", b"abc"),
                                 ("BIP0340/challenge", filler("m", 200)))
        ],
        "addresses": [
            {"scheme": s, "public_key": k.hex(), "address": address(s, k).hex(),
             "main": bech32m("vt", address(s, k)),
             "subchain": bech32m("vs", address(s, k))}
            for s, k in ((1, PUBLIC), (2, filler("bob", 32)), (64, filler("v", 64)))
        ],
        "wrong_addresses": wrong_texts(text),
        "transactions": shown,
        "blocks": blocks,
        "frames": listed,
        "hellos": hellos,
        "consensus_messages": messages,
    }


# ---- ledger ----------------------------------------------------------------------


def leaf_hash(key, value):
    return tagged("VTC/leaf/1", key, tagged("VTC/value/1", value))


def bit(key, depth):
    return key[depth // 8] >> (7 - depth % 8) & 1


def tree_root(entries, depth=0):
    """entries: list of (key, value); a subtree with one key is its leaf."""
    if not entries:
        return bytes(32)
    if len(entries) == 1:
        return leaf_hash(*entries[0])
    sides = [[e for e in entries if bit(e[0], depth) == b] for b in (0, 1)]
    return tagged("VTC/node/1", tree_root(sides[0], depth + 1),
                  tree_root(sides[1], depth + 1))


def prove(entries, roots, key):
    return prove_to_end(entries, roots, key)[0]


def prove_to_end(entries, roots, key):
    """The proof, and what stands at its end: 0, 1 or 2."""
    depth = 0
    siblings = []
    while len(entries) > 1:
        sides = [[e for e in entries if bit(e[0], depth) == b] for b in (0, 1)]
        siblings.append(tree_root(sides[1 - bit(key, depth)], depth + 1))
        entries = sides[bit(key, depth)]
        depth += 1
    bits = "".join("0" if s == bytes(32) else "1" for s in siblings)
    bits += "0" * (-len(bits) % 8)
    out = b"".join(roots) + u(depth, 2)
    out += bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    out += b"".join(s for s in siblings if s != bytes(32))
    if not entries:
        return out + b"\x00", 0
    if entries[0][0] == key:
        return out + b"\x01" + var(entries[0][1]), 1
    other = entries[0][0] + tagged("VTC/value/1", entries[0][1])
    return out + b"\x02" + other, 2


def account_entry(nonce, token, gas):
    return b"\x01" + u(nonce, 8) + u(token, 16) + u(gas, 16)


def balance_entry(asset, amount):
    return b"\x02" + asset + u(amount, 16)


def stake_entry(staked, vote, leaving):
    return (b"\x04" + u(staked, 16) + vote + u(len(leaving), 1)
            + b"".join(u(h, 8) + u(a, 16) for h, a in leaving))


def asset_entry(issuer, decimals, supply, limit, symbol, name):
    return (b"\x03" + issuer + u(decimals, 1) + u(supply, 16) + u(limit, 16)
            + u(len(symbol), 1) + symbol + u(len(name), 1) + name)


def entries_of_ledger():
    gold = asset_id(ALICE, b"GOLD")
    return [
        {"entry": "account", "address": ALICE.hex(), "nonce": "7", "token": "1000",
         "gas": str(2**128 - 1), "key": tagged("VTC/account/1", ALICE).hex(),
         "value": account_entry(7, 1000, 2**128 - 1).hex()},
        {"entry": "balance", "address": BOB.hex(), "asset": gold.hex(),
         "amount": "500", "key": tagged("VTC/balance/1", BOB, gold).hex(),
         "value": balance_entry(gold, 500).hex()},
        {"entry": "stake", "address": ALICE.hex(), "staked": "9000",
         "vote": BOB.hex(),
         "leaving": [{"free_at": "77", "amount": "5"},
                     {"free_at": str(2**64 - 1), "amount": str(2**128 - 1)}],
         "key": tagged("VTC/stake/1", ALICE).hex(),
         "value": stake_entry(9000, BOB, [(77, 5), (2**64 - 1, 2**128 - 1)]).hex()},
        {"entry": "nominee", "address": BOB.hex(), "stands": 1, "votes": "8000",
         "slashed": "17", "jailed_until": "9", "offences": "2", "name": "node5",
         "public_key": PUBLIC.hex(), "key": tagged("VTC/nominee/1", BOB).hex(),
         "value": (b"\x04\x01" + u(8000, 16) + u(17, 16) + u(9, 8) + u(2, 8)
                   + b"\x05node5" + u(len(PUBLIC), 1) + PUBLIC).hex()},
        {"entry": "asset", "asset": gold.hex(), "issuer": ALICE.hex(),
         "symbol": "GOLD", "name": "Gold, troy ounce", "decimals": 3,
         "supply": "500", "supply_max": "0",
         "key": tagged("VTC/assetentry/1", gold).hex(),
         "value": asset_entry(ALICE, 3, 500, 0, b"GOLD", b"Gold, troy ounce").hex()},
    ]


def ledger():
    listed = entries_of_ledger()
    asset = [(bytes.fromhex(e["key"]), bytes.fromhex(e["value"])) for e in listed]
    asset += [(filler(f"key {i}", 32), filler(f"value {i}", 1 + i * 7))
              for i in range(20)]
    # two keys that part at the very last bit make the deepest tree
    deep = filler("deep", 32)
    asset += [(deep, b"left"), (deep[:-1] + bytes([deep[-1] ^ 1]), b"right")]
    log = [(filler("log", 32), b"one entry")]
    trees = [asset, [], [], log]
    roots = [tree_root(tree) for tree in trees]
    asked = [("present", asset[0][0]), ("present, deepest", deep)]
    for name, wanted in (("absent, nothing in its place", 0),
                         ("absent, another leaf in its place", 2)):
        keys = (filler(f"absent {i}", 32) for i in range(1000))
        asked.append((name, next(key for key in keys if
                                 prove_to_end(asset, roots, key)[1] == wanted)))
    proofs = [{"name": name, "ledger": 0, "key": key.hex(),
               "proof": prove(asset, roots, key).hex()} for name, key in asked]
    proofs.append({"name": "absent in an empty ledger", "ledger": 1,
                   "key": deep.hex(), "proof": prove([], roots, deep).hex()})
    proofs.append({"name": "the only key of a ledger", "ledger": 3,
                   "key": log[0][0].hex(), "proof": prove(log, roots, log[0][0]).hex()})
    for proof in proofs:
        key = bytes.fromhex(proof["key"])
        there = [v for k, v in trees[proof["ledger"]] if k == key]
        proof["present"] = bool(there)
        proof["value"] = there[0].hex() if there else ""
    receipts = [(filler("tx", 32), 0, 250, 1234), (bytes(32), 10, 2**128 - 1, 0)]
    return {
        "about": "Vectors of core/ledger/README.md, made by tests/wire/make_vectors.py.",
        "asset_ids": [{"issuer": ALICE.hex(), "symbol": "GOLD",
                       "id": asset_id(ALICE, b"GOLD").hex()}],
        "entries": listed,
        "receipts": [
            {"tx": t.hex(), "code": c, "fee": str(f), "burned": str(b),
             "leaf": tagged("VTC/receipt/1", t + u(c, 4) + u(f, 16) + u(b, 16)).hex()}
            for t, c, f, b in receipts
        ],
        "trees": [[{"key": k.hex(), "value": v.hex()} for k, v in tree]
                  for tree in trees],
        "ledger_roots": [root.hex() for root in roots],
        "state_root": tagged("VTC/state/1", *roots).hex(),
        "proofs": proofs,
    }


def main():
    made = {"wire": wire, "ledger": ledger}[sys.argv[1]]()
    json.dump(made, sys.stdout, indent=1, sort_keys=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
