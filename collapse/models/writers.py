"""The network that writes text in a scenario of a given size."""

from collapse.models.gru import GRU
from collapse.models.network import Network
from collapse.models.transformer import Transformer
from collapse.training import Training


def writer(scale: str, size: int, length: int, layers: int, width: int, **settings) -> Network:
    """For V = ``size`` tokens and rows of ``length``: "quick" a GRU; "laptop" a transformer of two
    layers; "paper" one of ``layers`` and ``width``. ``settings`` are those of the training."""
    training = Training(batch=32, rate=3e-3, schedule="warmup", **settings)
    if scale == "quick":
        return GRU(size, length, 64, training=training)
    if scale == "laptop":
        return Transformer(size, length, 2, 64, 4, training=training)
    return Transformer(size, length, layers, width, width // 64, training=training)
