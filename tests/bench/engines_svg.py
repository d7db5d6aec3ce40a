# SPDX-License-Identifier: Apache-2.0
"""The figures of engines.py as one picture: bars of final transactions a
second, latency on a logarithmic axis, and a grid of switch gaps."""
import math

INK, PALE, BLUE, ORANGE = "#222", "#777", "#0072b2", "#d55e00"
WIDTH, LEFT = 920, 80
ROW = 34
BARS = 300      # width of the longest bar
LAT_X = 500     # where the latency panel begins
LAT_WIDTH = 360
LAT_FROM, LAT_TO = 0, 5  # powers of ten, milliseconds
CELL_W, CELL_H = 96, 34


def text(x, y, words, size=13, anchor="start", fill=INK, weight="normal"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{fill}" font-weight="{weight}">'
            f"{words}</text>")


def lat_x(ms):
    power = math.log10(max(ms, 10 ** LAT_FROM))
    return LAT_X + LAT_WIDTH * (min(power, LAT_TO) - LAT_FROM) / (
        LAT_TO - LAT_FROM)


def span(y, low, high, colour):
    """p50 to p99: a dot, a line, a tick."""
    a, b = lat_x(low), lat_x(high)
    return (f'<line x1="{a:.1f}" y1="{y}" x2="{b:.1f}" y2="{y}" '
            f'stroke="{colour}" stroke-width="3"/>'
            f'<circle cx="{a:.1f}" cy="{y}" r="4.5" fill="{colour}"/>'
            f'<line x1="{b:.1f}" y1="{y - 6}" x2="{b:.1f}" y2="{y + 6}" '
            f'stroke="{colour}" stroke-width="3"/>')


def throughput(rows, top):
    out = [text(16, top, "Final transactions a second, full load", 15,
                weight="bold")]
    high = max([r["final_tps"] or 0 for r in rows] + [1])
    for i, row in enumerate(rows):
        y = top + 18 + ROW * i
        tps = row["final_tps"]
        width = BARS * (tps or 0) / high
        out.append(text(16, y + 18, row["engine"]))
        out.append(f'<rect x="{LEFT}" y="{y + 3}" width="{width:.0f}" '
                   f'height="22" fill="{BLUE}"/>')
        out.append(text(LEFT + width + 6, y + 18,
                        "-" if tps is None else f"{tps:,.0f}"))
    return out


def latency(rows, top):
    low = top + 22
    high = top + 18 + ROW * len(rows)
    out = [text(LAT_X, top, "Latency to final on all nodes, p50 to p99", 15,
                weight="bold")]
    for power in range(LAT_FROM, LAT_TO + 1):
        x = lat_x(10 ** power)
        name = f"{10 ** power} ms" if power < 3 else f"{10 ** (power - 3)} s"
        out.append(f'<line x1="{x:.1f}" y1="{low}" x2="{x:.1f}" y2="{high}" '
                   'stroke="#ddd"/>')
        out.append(text(x, high + 16, name, 11, "middle", PALE))
    for i, row in enumerate(rows):
        y = top + 18 + ROW * i + 10
        for keys, colour, at in (
                (("light_latency_p50_ms", "light_latency_p99_ms"), ORANGE, y),
                (("latency_p50_ms", "latency_p99_ms"), BLUE, y + 12)):
            if row[keys[0]] is not None:
                out.append(span(at, row[keys[0]], row[keys[1]], colour))
    out.append(text(LAT_X, high + 36, "light load", 12, fill=ORANGE))
    out.append(text(LAT_X + 90, high + 36, "full load", 12, fill=BLUE))
    return out


def shade(gap):
    """White to orange on a logarithmic scale from 10 ms to 10 s."""
    part = min(max((math.log10(max(gap, 1)) - 1) / 3, 0), 1)
    mix = [round(255 + (c - 255) * part) for c in (0xf2, 0xa0, 0x5a)]
    return "#%02x%02x%02x" % tuple(mix)


def grid(engines, gaps, top):
    out = [text(16, top, "Switch gap under load, from the row's engine to "
                "the column's", 15, weight="bold")]
    for j, there in enumerate(engines):
        out.append(text(LEFT + CELL_W * (j + 0.5), top + 26, there,
                        anchor="middle"))
    for i, here in enumerate(engines):
        y = top + 34 + CELL_H * i
        out.append(text(16, y + 22, here))
        for j, there in enumerate(engines):
            gap = gaps.get(f"{here} -> {there}")
            words = "-" if gap is None else f"{gap:,} ms"
            fill = "#eee" if gap is None else shade(gap)
            out.append(f'<rect x="{LEFT + CELL_W * j}" y="{y}" '
                       f'width="{CELL_W - 2}" height="{CELL_H - 2}" '
                       f'fill="{fill}"/>')
            out.append(text(LEFT + CELL_W * (j + 0.5), y + 21,
                            "" if here == there else words, anchor="middle"))
    return out


def write(path, rows, engines, gaps):
    second = 40 + 18 + ROW * len(rows) + 80
    height = second + (34 + CELL_H * len(engines) + 24 if gaps else 0)
    parts = throughput(rows, 40) + latency(rows, 40)
    if gaps:
        parts += grid(engines, gaps, second)
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'<svg xmlns="http://www.w3.org/2000/svg" '
                f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">'
                '<rect width="100%" height="100%" fill="white"/>'
                + "\n".join(parts) + "</svg>\n")
