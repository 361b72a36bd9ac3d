"""The plain way to train and sample a small transformer: PyTorch, eager, a Python loop of steps."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

version = torch.__version__


class Block(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attend, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, past=None):
        """x (n, L, width); with ``past`` keys and values, L is 1 and they are added to."""
        n, length, width = x.shape
        parts = self.attend(self.norm(x)).view(n, length, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        if past is not None:
            keys, values, place = past
            keys[:, :, place], values[:, :, place] = k[:, :, 0], v[:, :, 0]
            k, v = keys[:, :, : place + 1], values[:, :, : place + 1]
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=past is None)
        x = x + self.mix(mixed.transpose(1, 2).reshape(n, length, width))
        return x + self.down(F.gelu(self.up(self.norm_mlp(x)), approximate="tanh"))


class Network(nn.Module):
    def __init__(self, size: int, length: int, layers: int, width: int, heads: int = 4):
        super().__init__()
        self.embed, self.places = nn.Embedding(size, width), nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm, self.output = nn.LayerNorm(width), nn.Linear(width, size)

    def forward(self, tokens, start: int = 0, past=None):
        x = self.embed(tokens) + self.places.weight[start : start + tokens.shape[1]]
        for i, block in enumerate(self.blocks):
            x = block(x, None if past is None else (*past[i], start))
        return self.output(self.norm(x))


def network(size: int, length: int, layers: int, width: int) -> Network:
    torch.manual_seed(0)
    return Network(size, length, layers, width)


def trainer(size: int, length: int, layers: int, width: int, rows: np.ndarray, batch: int):
    """A function that trains a fresh network for so many steps."""
    data = torch.from_numpy(rows).long()
    before = F.pad(data[:, :-1], (1, 0))

    def train(steps: int) -> float:
        net = network(size, length, layers, width)
        optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, betas=(0.9, 0.99))
        for _ in range(steps):
            picked = torch.randint(len(data), (batch,))
            logits = net(before[picked])
            loss = F.cross_entropy(logits.flatten(0, 1), data[picked].flatten())
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
        return loss.item()

    return train


@torch.inference_mode()
def sample_again(net: Network, n: int, length: int, every: int = 1) -> None:
    """The whole row so far through the network for every token; with ``every``, only for so many
    places in the middle of each stretch, to be timed."""
    tokens = torch.randint(1, net.embed.num_embeddings, (n, length))
    for place in range(every // 2, length, every):
        p = net(tokens[:, : place + 1])[:, -1].softmax(-1)
        tokens[:, place] = torch.multinomial(p, 1)[:, 0]


@torch.inference_mode()
def sample_cached(net: Network, n: int, length: int) -> torch.Tensor:
    """One token at a time, with keys and values of all places kept."""
    block = net.blocks[0]
    shape = (n, block.heads, length, net.embed.embedding_dim // block.heads)
    past = [(torch.zeros(shape), torch.zeros(shape)) for _ in net.blocks]
    token, found = torch.zeros(n, 1, dtype=torch.long), []
    for place in range(length):
        p = net(token, place, past)[:, -1].softmax(-1)
        token = torch.multinomial(p, 1)
        found.append(token)
    return torch.cat(found, 1)
