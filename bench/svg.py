"""What the pictures of bench/results have in common."""

MARGIN = 24

# Grey is memcached, in each panel. The colours hold on a light and on a dark page, which the picture
# follows with its background.
STYLE = """
svg { --page: #fcfcfb; --ink: #0b0b0b; --dim: #52514e; --line: #d5d4cc;
      --lru: #2a78d6; --s3fifo: #1baf7a; --memcached: #9b9a94 }
@media (prefers-color-scheme: dark) {
  svg { --page: #1a1a19; --ink: #ffffff; --dim: #c3c2b7; --line: #44433f;
        --lru: #3987e5; --s3fifo: #199e70; --memcached: #85847e } }
text { font: 12px system-ui, sans-serif; fill: var(--ink) }
.title { font-weight: 600; font-size: 13px }
.dim { fill: var(--dim) }
.end { text-anchor: end }
.page { fill: var(--page) }
.line { stroke: var(--dim); stroke-dasharray: 3 3 }
.ideal { fill: none; stroke: var(--dim); stroke-dasharray: 3 3 }
.target { stroke: var(--ink); stroke-width: 2 }
.floor { stroke: var(--s3fifo); stroke-width: 3 }
.range { stroke: var(--dim) }
.curve { fill: none; stroke-width: 2 }
.curve0 { stroke: var(--lru) }
.curve1 { stroke: var(--s3fifo) }
.curve2 { stroke: var(--memcached) }
.curve3 { stroke: var(--ink) }
.curve4 { stroke: var(--ink); stroke-dasharray: 8 4 }
.axis { stroke: var(--line) }
.lru { fill: var(--lru) }
.s3fifo { fill: var(--s3fifo) }
.memcached { fill: var(--memcached) }
"""


def text(x, y, words, kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{words}</text>'


def document(width, height, title, parts):
    """A whole picture. The same parts give the same bytes."""
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{title}</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" rx="8" class="page"/>',
        *parts,
        "</svg>", ""])


def source(files):
    """Where the figures come from, for the picture's last line."""
    peers = dict.fromkeys(file.facts["memcached"] for file in files if "memcached" in file.facts)
    machines = dict.fromkeys(file.facts["CPU"] for file in files)
    parts = [", ".join(peers)] if peers else []
    return "; ".join([*parts, *machines, ", ".join(file.name for file in files)])
