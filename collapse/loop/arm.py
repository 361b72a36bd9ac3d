"""An arm: everything about a run but its random numbers."""

from dataclasses import KW_ONLY
from typing import Any

import equinox as eqx

from collapse.items import POINTS
from collapse.judges.base import Judge
from collapse.judges.policies import KeepAll
from collapse.learners.base import Learner
from collapse.learners.maximum_likelihood import MaximumLikelihood
from collapse.measures.base import Measure
from collapse.measures.entropy import ItemDiversity, ModelDiversity
from collapse.measures.fidelity import Moments
from collapse.measures.lexical import Wording
from collapse.measures.modes import Spread
from collapse.measures.prompts import PromptDiversity
from collapse.models.base import Model
from collapse.models.population import Population, Sources
from collapse.part import Checked, offers
from collapse.regimes import Regime, Replace
from collapse.samplers.base import Plain, Sampler


class Arm(eqx.Module, metaclass=Checked):
    """One set-up of the loop: what real data are drawn from, what learns from them, and how.

    ``Arm(truth=zipf(1000))`` is complete: every other part has a default. All arguments are
    keywords.

    truth           what real data are drawn from
    model           what is fitted in every generation; default: one like the truth
    judge           which of the model's items are kept; default: all
    regime          what the next generation trains on; default: the last generation alone
    learner         how the model is updated; default: maximum likelihood
    sampler         how items are drawn from the fitted model; default: as it is
    measures        what is recorded; default: what suits the truth's items (``default_measures``)
    n               items kept in each generation
    generations     how many times the model is trained
    candidates      items drawn for them; default: n over the share that the judge keeps
    group           candidates that a judge or learner compares; default: what the judge asks for
    keep_reference  whether judges and learners may use the first fitted model
    statistics      draw sufficient statistics in place of items; default: where nothing needs items
    """

    _: KW_ONLY
    truth: Model
    model: Model | None = None
    judge: Judge | None = None
    regime: Regime | None = None
    learner: Learner | None = None
    sampler: Sampler | None = None
    measures: tuple[Measure, ...] | None = None
    n: int = eqx.field(static=True, default=1000)
    generations: int = eqx.field(static=True, default=20)
    candidates: int | None = eqx.field(static=True, default=None)
    group: int | None = eqx.field(static=True, default=None)
    keep_reference: bool = eqx.field(static=True, default=False)
    statistics: bool | None = eqx.field(static=True, default=None)

    def __post_init__(self):
        self.model = self.truth if self.model is None else self.model
        self.judge = KeepAll() if self.judge is None else self.judge
        self.regime = Replace() if self.regime is None else self.regime
        self.learner = MaximumLikelihood() if self.learner is None else self.learner
        self.sampler = Plain() if self.sampler is None else self.sampler
        if self.measures is None:
            self.measures = default_measures(self.truth, self.model, self.sampler)


def default_measures(truth: Any, model: Any, sampler: Any) -> tuple[Measure, ...]:
    """What an arm records unless it says otherwise, by the kind of items that the truth draws:
    diversity of items, wording of text, moments or spread of points, risk of predictors; nothing
    for items of an unknown kind."""
    items = truth.gives() if isinstance(truth, Model) else None
    kind = items.kind if items else ""
    if kind == "outcomes":
        return (ItemDiversity(), *([ModelDiversity()] if offers(model, "diversity") else []))
    if kind == "pairs":
        return (ItemDiversity(), PromptDiversity())
    if kind in ("tokens", "answers"):
        counts_ngrams = isinstance(sampler, Sampler) and sampler.kind == "items"
        return (ItemDiversity(), *([Wording(items.sizes["vocab_size"])] if counts_ngrams else []))
    if kind == "counts":
        return (ItemDiversity(),)
    # Imported here, as they import the networks, which slow the start of arms without one.
    from collapse.measures.neighbours import PrecisionRecall
    from collapse.measures.population import MemberSpread
    from collapse.measures.risk import ExcessRisk, Labels
    from collapse.models.distributions.regression import LinearRegression
    from collapse.models.networks.classifiers import Classifier

    if isinstance(truth, LinearRegression):
        return (ExcessRisk(),)
    if isinstance(truth, Classifier):
        return (Labels(),)
    if isinstance(truth, (Population, Sources)):
        return (MemberSpread(),)
    if all(offers(part, "log_variance") for part in (truth, model)):
        return (Moments(),)
    if offers(truth, "mean", "covariance"):
        return (Spread(),)
    return (PrecisionRecall(),) if kind in POINTS else ()
