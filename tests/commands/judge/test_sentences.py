"""What a card says and draws where a judge is not as most are: it gains diversity, needs no real
data, reads no reward, or is tried where there is no exploit."""

import copy

import jax.numpy as jnp
import matplotlib
import numpy as np
import pytest

from collapse import Judge
from collapse.commands.judge.document import _quality, card_of, verdict
from collapse.commands.judge.figure import draw
from collapse.commands.judge.questions import ask
from collapse.commands.judge.runs import bench
from collapse.commands.judge.table import rows
from collapse.report.document import plain
from collapse.report.style import STYLE
from collapse.stats.estimate import Estimate


@pytest.fixture(scope="module")
def typical(tried, found, world):
    return card_of("typicality", tried, found, world.show, "answers", 1.0), found


class EvenWords(Judge):
    """Weighs by the words and reads no reward."""

    share = 0.5

    def weigh(self, key, view, reward):
        return jnp.where(view.items[:, 2] % 2 == 0, 0.9, 0.1)


@pytest.fixture(scope="module")
def weighing(world):
    tried = bench(EvenWords(), world, 3, 12, 60, 0)
    found = ask(tried)
    return card_of("mine", tried, found, world.show, "answers", 1.0), found


@pytest.fixture
def card(typical):
    return copy.deepcopy(typical[0])


@pytest.mark.slow
def test_a_judge_that_reads_no_reward_is_said_to_read_none(typical, weighing):
    """No rows of noise and biases, no planted curve; a judge that reads one has them."""
    card, found = weighing
    assert not card["reads_reward"]
    assert (card["sensitivity"], card["exploit"]["planted"]) == (None, None)
    assert "reads no reward, so that exploits, noise and biases do not apply" in card["verdict"][2]
    assert "planted" not in card["verdict"][1]
    said = dict(rows(plain(card)))
    assert said["planted exploit, noise, biases"] == "do not apply: its verdict reads no reward"
    assert not [name for name in said if name.startswith("half-life with")]
    other = dict(rows(plain(typical[0])))
    assert len([name for name in other if name.startswith("half-life with")]) == 3
    drawn = [labels(axis) for axis in draw(card, found).axes]
    assert not any("planted" in label for each in drawn for label in each)
    assert any("planted" in label for axis in draw(*typical).axes for label in labels(axis))


@pytest.mark.slow
def test_what_is_gained_is_said_to_be_gained(card):
    bought = card["quality"]["bought"]
    bought |= {"per_nat": None, "nats": Estimate(-0.3, -0.4, -0.2, 0.95)}
    assert "and 0.30 nats more of entropy: it gains diversity" in verdict(card)[1]
    gained = dict(rows(plain(card)))["right answers gained per nat of entropy"]
    assert "0.30 nats gained, at generation 10" in gained
    bought["nats"] = Estimate(-0.1, -0.4, 0.2, 0.95)
    assert "at no significant cost in entropy" in verdict(card)[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((0.0, 0.0), "It needs no real data to keep 90% and 50% of the diversity; "),
        (
            (0.4, 0.0),
            "needs 40% of fresh real data to keep 90% of the diversity and none to keep 50%; ",
        ),
        (
            (None, 0.2),
            (
                "20% of fresh real data to keep 50% of the diversity, and does not keep 90% with"
                " all of"
            ),
        ),
        ((None, None), "With fresh real data alone it keeps 40% of the diversity, not 90% or 50%"),
    ],
)
def test_what_is_needed_of_real_data(card, shares, words):
    for found, share in zip(card["real_share_that_keeps"].values(), shares, strict=True):
        found |= {"share": Estimate(np.nan if share is None else share), "all_real": 0.4}
    assert words in verdict(card)[2]
    assert "more than all" not in verdict(card)[2]


@pytest.mark.slow
def test_none_needed_stands_in_the_table(card):
    found = card["real_share_that_keeps"]["90%"]
    found |= {"share": Estimate(0.0), "falls_short_from": 0.625}
    assert (
        dict(rows(plain(card)))["real data that keep 90%"]
        == "none needed; falls short again from 62.5% on"
    )


@pytest.mark.slow
def test_every_quality_says_of_which_generation_it_is(card):
    said = dict(rows(plain(card)))
    right = said["right answers at generation 1, 10, 30"].split(", ")
    assert right[1] == f"{card['quality']['early'].value:.1%}"
    assert len(said["with the random filter at generation 10, 30"].split(", ")) == 2


# The figure


def labels(axis) -> list[str]:
    return axis.get_legend_handles_labels()[1]


def rendered(card, found):
    with matplotlib.rc_context(STYLE):
        figure = draw(card, found)
        figure.canvas.draw()
    return figure


@pytest.mark.slow
def test_a_legend_lies_on_no_panel_and_a_panel_has_one_axis(typical):
    figure = rendered(*typical)
    assert len(figure.axes) == 6
    for axis in figure.axes:
        assert not axis.child_axes
        legend = axis.get_legend()
        if legend is not None:
            own, box = legend.get_window_extent(), axis.get_window_extent()
            assert own.y0 >= box.y1 - 1
            for other in figure.axes:
                if other is not axis:
                    assert not own.overlaps(other.get_tightbbox())


@pytest.mark.slow
def test_ticks_are_plain_numbers(typical):
    """Whole generations, effective numbers without powers, entropy from left to right."""
    figure = rendered(*typical)
    for axis in figure.axes:
        low, high = axis.get_xlim()
        assert low < high
        if axis.get_xlabel() == "generation":
            assert all(place % 1 == 0 for place in axis.get_xticks())
    texts = [tick.get_text() for tick in figure.axes[0].get_yticklabels(which="both")]
    assert any(texts)
    assert not any("mathdefault" in text for text in texts)


@pytest.mark.slow
def test_without_an_exploit_there_is_no_empty_panel(typical):
    card, found = copy.deepcopy(typical[0]), typical[1] | {"held": None, "exploited": None}
    card["exploit"] = None
    figure = rendered(card, found)
    assert len(figure.axes) == 5
    assert all(axis.lines for axis in figure.axes)


@pytest.mark.slow
def test_a_triangle_is_what_the_label_says(typical):
    """A half-life that is not reached is a triangle, and only then is one spoken of."""
    card = copy.deepcopy(typical[0])
    card["half_life"] = card["half_life_random_filter"] = Estimate(2.5, 2.5, 2.5, 0.95)
    card["sensitivity"] = dict.fromkeys(card["sensitivity"], card["half_life"])
    reached = rendered(card, typical[1]).axes[-1]
    assert reached.get_xlabel() == "half-life (generations)"
    assert ">" not in [line.get_marker() for line in reached.lines]
    card["half_life_random_filter"] = Estimate(np.inf, np.inf, np.inf, 0.95)
    beyond = rendered(card, typical[1]).axes[-1]
    assert "triangle: above 30" in beyond.get_xlabel()
    assert [line.get_marker() for line in beyond.lines].count(">") == 1


def test_what_is_not_significant_is_said_with_both_shares():
    """And a take-over with its intervals."""
    estimates = {
        "early": Estimate(0.919, 0.7, 1.0, 0.95),
        "early_random_filter": Estimate(0.796, 0.6, 0.9, 0.95),
        "bought": {
            "gain": Estimate(0.123, -0.1, 0.3, 0.95),
            "nats": Estimate(0.1, -0.1, 0.3, 0.95),
            "per_nat": None,
            "generation": 10,
        },
    }
    never, soon = Estimate(np.inf, np.inf, np.inf, 0.95), Estimate(15.0, 12.0, np.inf, 0.95)
    exploit = {
        "as_it_is": {"generation": never},
        "planted": {"generation": soon},
        "real_share_that_holds_it": {"share": Estimate(0.11, 0.08, 0.19, 0.95)},
    }
    card = {"quality": estimates, "exploit": exploit, "settings": {"generations": 50}}
    text = _quality(card)
    assert "not significantly more right answers (91.9% against 79.6%) than the random" in text
    assert "takes over by generation 15 (12 .. > 50), unless 11% (8% .. 19%) of the data" in text
