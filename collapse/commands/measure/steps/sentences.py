"""The rollouts of a run in words."""

from collapse.report.numbers import estimate, number
from collapse.stats.estimate import Estimate


def sentences(found: dict) -> list[str]:
    """The verdict on a run: score and entropy, gradients, the ceiling, right answers, pass@k."""
    rows, name = found["steps"], found["by"]
    first, last = rows[0], rows[-1]
    lines = [
        f"From {name} {first['step']:g} to {last['step']:g} the mean score {_moves(first, last)}."
    ]
    if first["no_gradient"].known and last["no_gradient"].known:
        lines.append(
            f"All answers to a prompt have one score, which gives no gradient, for "
            f"{first['no_gradient'].value:.0%} of the prompts at first and "
            f"{last['no_gradient'].value:.0%} at last ({last['all_right']:.0%} all right, "
            f"{last['all_wrong']:.0%} all wrong)."
        )
    return [*lines, _ceiling(found["ceiling"], name), *_support(found["support"])]


def _moves(first: dict, last: dict) -> str:
    text = f"{_change(first['score'], last['score'])}"
    if first["entropy"].known and last["entropy"].known:
        text += (
            ", and the entropy of the answers to a prompt"
            f" {_change(first['entropy'], last['entropy'])} nats"
        )
    if first["logged_entropy"] is not None:
        text += (
            f"; the logged entropy goes from {number(first['logged_entropy'])} to "
            f"{number(last['logged_entropy'])}"
        )
    return text


def _change(first: Estimate, last: Estimate) -> str:
    """How a number changes; it rises or falls if neither value is inside the other's interval."""
    if first.value == last.value:
        return f"stays at {number(first.value)}"
    how = "rises" if last.value > first.value else "falls"
    if first.low <= last.value <= first.high or last.low <= first.value <= last.high:
        how = "goes"
    return f"{how} from {estimate(first)} to {estimate(last)}"


def _ceiling(found: dict, name: str) -> str:
    if "reason" in found:
        return f"R = -a e^H + b is not fitted: {found['reason']}."
    later = found["later"]
    text = (
        f"R = -a e^H + b, fitted on the first {found['early']} {name}s, has a ="
        f" {number(found['a'])} and predicts a score of {estimate(found['ceiling'])} when no"
        f" entropy is left; of {later['steps']} later {name}s {later['inside']} are inside their"
        f" intervals of 95 %, and the scores are {number(abs(later['bias']))}"
        f" {'above' if later['bias'] > 0 else 'below'} the line on average."
    )
    if not found["possible"]:
        text += " No score is that great: the early slope does not go on."
    if not found["slope"].excludes_zero:
        text += " But a may be 0: the early scores do not depend on the entropy significantly."
    return text


def _support(found: dict | None) -> list[str]:
    if found is None:
        return ["No prompt was asked at two steps, so that nothing is known of lost answers."]
    solved, answers = found["solved"], found["answers"]
    many = found["prompts"]
    lines = [
        f"Of {many:,} prompt{'' if many == 1 else 's'}, first against last time asked:"
        f" {solved['preserved']:,} solved both times, {_fate(solved, 'lost')} and"
        f" {_fate(solved, 'gained')}; of their different right answers {answers['preserved']:,}"
        f" preserved, {_fate(answers, 'lost')} and {_fate(answers, 'gained')}. (By chance: if"
        " nothing had changed.)"
    ]
    changes = [row for row in found["pass_at"] if row["differs"]]
    parts = [f"pass@{row['k']} {_change(row['first'], row['last'])}" for row in changes]
    rest = [f"pass@{row['k']}" for row in found["pass_at"] if not row["differs"]]
    if parts:
        lines.append(f"{'; '.join(parts)}.")
    if rest:
        lines.append(f"No significant change (5 % for all together, by Holm): {', '.join(rest)}.")
    return lines


def _fate(found: dict, what: str) -> str:
    return f"{found[what]:,} {what} ({number(found[f'{what}_by_chance'])} by chance)"
