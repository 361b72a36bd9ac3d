"""Pretraining: a network is trained on real data once, before generation 1."""

from typing import final

from collapse.learners.maximum_likelihood import Refit
from collapse.models.networks.network import Network
from collapse.numerics.pytree import replace
from collapse.part import register


@register("pretrained", "a network pretrained on real data, then fine-tuned per generation")
@final
class Pretrained(Refit):
    """A network that is trained on the real data once and then fine-tuned every generation: from
    that base (``training.start`` "base"; Guo et al. 2024) or from the previous model ("warm")."""

    fits_first = True

    def begin(self, key, model, data):
        trained = model.fit(key, data)
        base = trained.net if model.training.start == "base" else trained.base
        trained = replace(trained, base=base)
        return trained, trained, self

    def check_compatible(self, arm):
        if not isinstance(arm.model, Network):
            return [f"Pretrained is for networks; {type(arm.model).__name__} fits in closed form."]
        if arm.model.training.start == "scratch":
            return [
                "Pretrained has no effect with model.training.start=scratch: set it to base or"
                " warm."
            ]
        return []
