"""A pool of human and AI text that grows every year, and models trained on a crawl of it.

Infinitely many pages, outcomes of probabilities p (K,) in human text. Year 0 is the human text
from before the first model. In year t >= 1 as much human text is added as every year, and AI text
that is a share s_t of what is new; it is what the model of year t says, its probabilities raised
to a power and renormalised (temperature 1 / power). The model of year t is fitted to a crawl of all
text from before year t. All derived here.
"""

import numpy as np


def passed_share(share, hit, false_alarm=0.0):
    """The AI share of what passes a detector: s (1 - hit) / (s (1 - hit) + (1 - s) (1 -
    false_alarm)) for a share s before it. Of s = 1/2 and false_alarm = .05, .345, .095 and .0104
    are left for hit = .5, .9 and .99.

    derived: Bayes' rule.
    """
    ai = np.asarray(share, float) * (1 - np.asarray(hit, float))
    return ai / (ai + (1 - np.asarray(share, float)) * (1 - np.asarray(false_alarm, float)))


def web_path(
    p: np.ndarray,
    shares: np.ndarray,
    power: float,
    hit: float = 0.0,
    false_alarm: float = 0.0,
    stock: float = 1.0,
    human: float = 0.0,
    until: float = np.inf,
    misdated: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Models (T, K) of years 1 .. T and the AI share (T,) of what each was trained on.

    Args:
        p: (K,) probabilities in human text.
        shares: (T,) AI share of the text that is new in years 1 .. T, below 1.
        power: what models raise probabilities to when they write; 1: nothing.
        hit, false_alarm: share of the AI text and of the human text that a detector removes.
        stock: human text of year 0, in years of new human text.
        human: least share of the training weight that human text has (the AI text is scaled down).
        until, misdated: only text of years up to ``until``, and a share ``misdated`` of what is
            newer, as its date is wrong.

    derived: p_t ~ h p + g sum_{i < t} a_i q_i, where a_i = s_i / (1 - s_i), q_i ~ p_i^power, h the
    human text that is left, and g what detector, date and quota leave of the AI text.
    """
    human_text, ai_text = (1 - false_alarm) * stock, np.zeros(len(p))
    models, left = [], []
    for year, share in enumerate(np.asarray(shares, float), start=1):
        a, h = ai_text.sum(), human_text
        most = h * (1 - human) / human if human > 0 else np.inf
        scale = min(1.0, most / a) if a > 0 else 1.0
        model = (h * p + scale * ai_text) / (h + scale * a)
        models.append(model)
        left.append(scale * a / (h + scale * a))
        said = (model / model.max()) ** power
        dated = 1.0 if year <= until else misdated
        ai_text = ai_text + dated * (1 - hit) * share / (1 - share) * said / said.sum()
        human_text += dated * (1 - false_alarm)
    return np.array(models), np.array(left)


def largest_stable_share(power: float) -> float:
    """1 / power: the AI share s of the training text above which the smallest preference between
    two equally common things to say grows from year to year.

    derived: for p = 1/2 + d, p^power is (1/2 + power d) to first order, so that a training text of
    share s has the preference s power d: it grows if s power > 1, whatever was accumulated.
    """
    return 1 / power


def amplified(share: float, power: float) -> float:
    """(1 - s) / (1 - s power): by how much a small preference in human text is magnified in the
    limit at a constant share s < 1 / power. derived: the fixed point of d' = (1 - s) d_0 + s power
    d."""
    return (1 - share) / (1 - share * power)
