"""Training a network once on real data, before anything is repeated."""

from typing import final

from collapse.learners.maximum_likelihood import Refit
from collapse.models.networks.network import Network
from collapse.numerics.pytree import replace
from collapse.part import register


@register("pretrained", "a network, trained once before")
@final
class Pretrained(Refit):
    """A network that is trained on the real data once, and tuned from there every generation:
    from that base afresh (``training.start`` "base"; Guo et al. 2024) or from the model before it
    ("warm")."""

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
            return ["Pretrained would be forgotten: set model.training.start to base or warm."]
        return []
