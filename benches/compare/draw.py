"""compare.svg: a panel of bars for each chart, readable on light and on dark."""

from math import floor, log10
from xml.sax.saxutils import escape

from measure import Results
from tables import CHARTS, PEERS, UNITS, Cell, Chart, Unit

COLUMNS, WIDTH, LABELS, BAR, GAP = 2, 430, 132, 17, 24

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; font-size: 13px; fill: #1f2328 }
.ours { fill: #d9622b }
.c { fill: #4f86c6 }
.peer { fill: #8f99a3 }
.axis { stroke: #8f99a3; stroke-width: 1 }
.grid { stroke: #8f99a3; stroke-opacity: .25 }
@media (prefers-color-scheme: dark) {
  text { fill: #9aa4af }
  .title { fill: #e6edf3 }
}
"""


def charts(results: Results) -> str:
    panels = [panel for panel in (bars(results, chart) for chart in CHARTS) if panel[1]]
    parts, top = [], GAP / 2
    for start in range(0, len(panels), COLUMNS):
        row = panels[start:start + COLUMNS]
        for number, (chart, values) in enumerate(row):
            parts.append(f'<g transform="translate({GAP / 2 + number * (WIDTH + GAP):g} {top:g})">')
            parts += panel(chart, values) + ["</g>"]
        top += height(max(len(values) for _, values in row)) + GAP
    width = COLUMNS * (WIDTH + GAP)
    size = f'width="{width}" height="{top:g}" viewBox="0 0 {width} {top:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><style>{STYLE}</style>'
    return "\n".join([head, *parts, "</svg>\n"])


def bars(results: Results, chart: Chart) -> tuple[Chart, list[tuple[str, str, float]]]:
    """What a chart shows: the title, the class and the value of each bar."""
    values = []
    for peer in PEERS:
        cost = results.cost(Cell(peer.name, chart.workload, chart.size))
        if cost is not None:
            kind = "c" if peer.name.startswith("c") else "ours" if peer.name.startswith("zmq") else "peer"
            values.append((peer.title, kind, UNITS[chart.workload].shown(cost)))
    return chart, values


def height(number: int) -> float:
    return 40 + number * (BAR + 5) + 20


def panel(chart: Chart, values: list[tuple[str, str, float]]) -> list[str]:
    unit = UNITS[chart.workload]
    better = "more is better" if unit is Unit.RATE else "less is better"
    most, step = scale(max(value for _, _, value in values))
    room = WIDTH - LABELS - 52
    bottom = 34 + len(values) * (BAR + 5)
    parts = [text(0, 14, chart.title, "title"), text(WIDTH, 28, better, anchor="end")]
    tick = 0.0
    while tick <= most * 1.001:
        x = LABELS + room * tick / most
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="34" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(text(x, bottom + 15, short(tick), anchor="middle"))
        tick += step
    for number, (title, kind, value) in enumerate(values):
        y = 37 + number * (BAR + 5)
        length = max(room * value / most, 1)
        parts.append(text(LABELS - 6, y + 13, title, anchor="end"))
        parts.append(f'<rect class="{kind}" x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>')
        parts.append(text(LABELS + length + 5, y + 13, short(value)))
    parts.append(f'<line class="axis" x1="{LABELS}" y1="34" x2="{LABELS}" y2="{bottom}"/>')
    return parts


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(content)}</text>'


def scale(most: float) -> tuple[float, float]:
    """A round number that is not below `most`, and the distance of the lines up to it."""
    step = 10 ** floor(log10(most))
    step = next(step * part for part in (0.2, 0.5, 1, 2, 5) if most / (step * part) <= 5)
    lines = -(-most // step)
    return lines * step, step


def short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.3g} M"
    if value >= 1e4:
        return f"{value / 1e3:.3g} k"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
