"""The figure of a measurement: effective numbers or the commonest answers, different answers among
k, the share of the commonest, the perplexity under the reference, and maps of models."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from collapse.commands.measure.map_figure import draw_map
from collapse.commands.measure.verdict import deciding
from collapse.report.labels import legible
from collapse.report.style import COLOURS, DASHES

DRAWN = 6  # corpora with a curve of their own
MAP = 2.9  # inches of a row of heat maps
ROWS = 40  # corpora beside each other
REFERENCE = "0.35"


def draw(found: dict) -> Figure:
    """Draw a measurement from its document."""
    corpora = list(found["corpora"].values())
    several = len(corpora) > 1
    rows = min(len(corpora), ROWS) if several else 0
    height, below = max(2.3, 0.9 + 0.14 * rows), 1.9 if found["reference"] else 0
    maps = _maps(found["models"])
    total = height + below + (MAP if maps else 0)
    figure = Figure(figsize=(6.9, total), layout="constrained")
    FigureCanvasAgg(figure)
    upper = figure
    if maps:
        upper, lower = figure.subfigures(2, 1, height_ratios=[height + below, MAP])
        for axis, (values, label) in zip(lower.subplots(1, 2), maps, strict=False):
            draw_map(axis, found["models"]["names"], values, label)
        for axis in lower.axes[len(maps) : 2]:
            axis.remove()
    if below:
        ratios = {"height_ratios": [height, below]}
        (left, middle), (right, last) = upper.subplots(2, 2, gridspec_kw=ratios)
        _perplexities(last, found)
    else:
        left, middle, right = upper.subplots(1, 3)
    if several:
        _numbers(left, found)
    elif "by_prompt" in corpora[0]:
        _prompts(left, corpora[0])
    else:
        _commonest(left, corpora[0])
    _curves(middle, found)
    _ranks(right, found)
    handles, labels = middle.get_legend_handles_labels()
    upper.legend(handles, labels, loc="outside upper center", ncols=4)
    return figure


def _maps(models: dict | None) -> list[tuple[list, str]]:
    """Values and labels of the heat maps: of three models or more, or where mistakes are known."""
    if not models or not (models["wrong"] or len(models["names"]) > 2):
        return []
    maps = [(models["collision"], "same answer to a prompt")]
    if models["wrong"]:
        maps.append((models["wrong"]["agreement"], "the same, if both are wrong"))
    return maps


def quoted(found: dict) -> list[str]:
    """Texts from the data that the figure shows."""
    corpora = found["corpora"]
    alone = [one for one in corpora.values() if len(corpora) == 1 and "by_prompt" not in one]
    return [*corpora, *(answer["text"] for one in alone for answer in one["top"])]


def _lines(found: dict):
    """(name, corpus, colour, dashes) of each curve: up to ``DRAWN`` corpora, evenly from the first
    to the last, and the reference."""
    corpora = list(found["corpora"].items())
    many = min(len(corpora), DRAWN)
    for i in range(many):
        name, one = corpora[round(i * (len(corpora) - 1) / max(many - 1, 1))]
        yield legible(name), one, COLOURS[i], DASHES[i]
    if found["reference"]:
        yield "reference", found["reference"]["corpus"], REFERENCE, "-"


def _numbers(axis, found: dict) -> None:
    """The deciding measure, one row per corpus: effective numbers with their intervals, and at
    equal size (open circles) if sizes differ; or distinct-2 at equal size."""
    equal, names = found["equal_size"], list(found["corpora"])[:ROWS][::-1]
    axis.set_yticks(range(len(names)), [legible(name) for name in names])
    axis.set_ylim(-0.5, len(names) - 0.5)
    if deciding(equal) == "distinct_2":
        values = [equal["corpora"][name]["distinct_2"] for name in names]
        axis.plot(values, range(len(names)), "o", color=COLOURS[0], markersize=3)
        axis.set(xlabel=f"distinct-2 at {equal['words']:,} words", xlim=(0, None))
        return
    ends, unequal = [], False
    for y, name in enumerate(names):
        one = found["corpora"][name]
        value = one["effective_number"]
        small = equal["corpora"][name]["effective_number"]
        known = [value.low, value.high] if value.low == value.low else [value.value] * 2
        axis.plot(known, [y, y], color=COLOURS[0])
        if one["n"] > equal["answers"]:
            axis.plot(small, y, "o", color=COLOURS[0], markerfacecolor="white", markersize=3)
            unequal = True
        axis.plot(value.value, y, "o", color=COLOURS[0], markersize=3)
        ends += [*known, small]
    note = f"\nopen: at {equal['answers']:,} answers" if unequal else ""
    axis.set(xlabel=f"effective number of answers{note}", xscale="log")
    axis.set_xlim(max(min(ends) / 1.6, 0.8), max(ends) * 1.6)
    _plain_logs(axis.xaxis)


def _commonest(axis, one: dict) -> None:
    """The shares of the commonest answers of a single corpus."""
    top = one["top"][::-1]
    axis.barh(range(len(top)), [answer["share"] for answer in top], color=COLOURS[0], height=0.7)
    axis.set_yticks(range(len(top)), [legible(answer["text"]) for answer in top], fontsize=6)
    axis.set(xlabel="share of all answers", xlim=(0, None))


def _prompts(axis, one: dict) -> None:
    """The cumulative distribution of the effective number over prompts."""
    values = sorted(prompt["effective_number"].value for prompt in one["by_prompt"])
    share = [(i + 1) / len(values) for i in range(len(values))]
    axis.step([values[0], *values], [0, *share], where="post", color=COLOURS[0])
    axis.set(xlabel="effective number of a prompt", ylabel="share of prompts with at most it")
    axis.set(ylim=(0, 1.02), xlim=(0.9, None))


def _curves(axis, found: dict) -> None:
    """Different answers among k, by rarefaction; the diagonal is all different."""
    longest = 1
    for name, one, colour, dashes in _lines(found):
        k, different = one["curve"]["k"], one["curve"]["different"]
        axis.plot(k, different, color=colour, linestyle=dashes, label=name)
        longest = max(longest, k[-1])
    axis.plot([1, longest], [1, longest], color="0.7", linewidth=0.6, linestyle=":", zorder=0)
    axis.set(xlabel="answers k", ylabel="different answers among k", xscale="log", yscale="log")
    _plain_logs(axis.xaxis)
    _plain_logs(axis.yaxis)


def _ranks(axis, found: dict) -> None:
    """The share of the m commonest answers."""
    for name, one, colour, dashes in _lines(found):
        m, share = one["ranks"]["m"], one["ranks"]["share"]
        axis.plot(m, share, color=colour, linestyle=dashes, label=name)
    axis.set(xlabel="m commonest answers", ylabel="their share", xscale="log", ylim=(0, 1.02))
    _plain_logs(axis.xaxis)


def _perplexities(axis, found: dict) -> None:
    """Histograms of the perplexity of answers under a part of the reference; in grey of answers of
    another part of the reference."""
    compared = found["reference"]["compared"]
    lines = {id(one): (colour, dashes) for _, one, colour, dashes in _lines(found)}
    for name, one in found["corpora"].items():
        if id(one) in lines:
            _stairs(axis, compared[name]["perplexities"], "against", *lines[id(one)])
    largest = max(compared.values(), key=lambda one: one["m"])
    _stairs(axis, largest["perplexities"], "floor", REFERENCE, "-")
    axis.set(xlabel="perplexity under the reference", ylabel="share of answers")
    axis.set(xscale="log", ylim=(0, None))
    _plain_logs(axis.xaxis)


def _stairs(axis, histogram: dict, name: str, colour: str, dashes) -> None:
    axis.stairs(histogram[name], histogram["edges"], color=colour, linestyle=dashes)


def _plain_logs(axis) -> None:
    low, high = axis.get_view_interval()
    few = high < 100 * low  # powers of ten would be one or two
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,), numticks=6))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())
