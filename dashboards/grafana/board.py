"""A dashboard as data: rows of panels, each with its words in both languages, its unit, its queries and the alert it belongs to.

In an expression `{%}` stands for the matchers of the variables (job, instance), `{%,a="b"}` adds to them, and `[R]` is the
rate interval. A panel that names an alert takes its threshold from that alert's rule: the line in the picture is the line
that wakes somebody.
"""

from dataclasses import dataclass, field

MATCH = 'job=~"$job",instance=~"$instance"'


def text(pair, language):
    """One of the two languages of a pair (en, zh)."""
    return pair[0 if language == "en" else 1]


def expression(short):
    return short.replace("{%}", "{" + MATCH + "}").replace("{%,", "{" + MATCH + ",").replace("[R]", "[$__rate_interval]")


@dataclass
class Panel:
    kind: str                 # stat, named, lines, bars, table
    title: tuple
    about: tuple              # what it shows, what is good, what to look at next
    unit: str                 # a unit id of Grafana
    queries: list             # [(expression, legend)]
    alert: str = ""           # whose threshold is drawn
    width: int = 8
    height: int = 7
    stack: bool = False
    most: float | None = None  # the axis ends here


@dataclass
class Row:
    title: tuple
    panels: list = field(default_factory=list)


@dataclass
class Board:
    name: str                 # of file and uid
    title: tuple
    about: tuple
    rows: list


def stat(title, about, unit, query, alert="", width=4, height=4):
    return Panel("stat", title, about, unit, [(query, "")], alert, width, height)


def named(title, about, unit, query, legend, alert="", width=6, height=4):
    """The one series that matters now, by name: its query gives the greatest."""
    return Panel("named", title, about, unit, [(query, legend)], alert, width, height)


def lines(title, about, unit, queries, alert="", **more):
    return Panel("lines", title, about, unit, queries, alert, **more)


def bars(title, about, unit, queries, alert="", **more):
    return Panel("bars", title, about, unit, queries, alert, **more)


def table(title, about, unit, queries, alert="", **more):
    return Panel("table", title, about, unit, queries, alert, **more)
