"""Text networks by scenario size, and arms that use them."""

from collapse.judges.policies import KeepAll
from collapse.learners.maximum_likelihood import MaximumLikelihood
from collapse.loop.arm import Arm
from collapse.measures.entropy import ItemDiversity
from collapse.measures.fidelity import Perplexity
from collapse.measures.lexical import Wording
from collapse.measures.training import TrainingLoss
from collapse.models.networks.gru import GRU
from collapse.models.networks.network import Network
from collapse.models.networks.training import Training
from collapse.models.networks.transformer import Transformer
from collapse.regimes import Replace
from collapse.samplers.base import Plain
from collapse.scenario.text_truth import TextTruth


def writer(scale: str, size: int, length: int, layers: int, width: int, **settings) -> Network:
    """A text network for V = ``size`` tokens and rows of ``length``: "quick" a GRU; "laptop" a
    transformer of two layers; "paper" one of ``layers`` and ``width``, with long fits that are
    saved in parts. ``settings`` are those of the training."""
    usual = {"batch": 32, "learning_rate": 3e-3, "schedule": "warmup", "in_parts": scale == "paper"}
    training = Training(**usual | settings)
    if scale == "quick":
        return GRU(size, length, width=64, training=training)
    if scale == "laptop":
        return Transformer(size, length, layers=2, width=64, heads=4, training=training)
    return Transformer(
        size, length, layers=layers, width=width, heads=width // 64, training=training
    )


def text_arm(text: TextTruth, model: Network, given: dict, **parts) -> Arm:
    """An arm with ``given`` n and generations that replaces all data (Replace), changed by
    ``parts``."""
    usual = {
        "judge": KeepAll(),
        "regime": Replace(),
        "learner": MaximumLikelihood(),
        "sampler": Plain(),
        "measures": (
            Perplexity(text.held_out),
            ItemDiversity(),
            Wording(text.vocab_size),
            TrainingLoss(),
        ),
        "n": given["n"],
        "generations": given["generations"],
    }
    return Arm(truth=text.truth, model=model, **usual | parts)
