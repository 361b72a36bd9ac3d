"""Speed of training steps of small generators, as ratios to PyTorch in the same run.

    python -m tests.benchmarks.generators

Points in the plane, batches of 256, two layers of 64 or 256: a VAE with a Gaussian decoder and flow
matching. Both draw their own minibatches and noise, and step with Adam under a bound on the
gradient's norm. PyTorch runs eagerly, as a script would, with one thread and with two; ours is the
compiled loop of a fit. Candidates alternate in one process; the fastest of several rounds, without
the first call, by the clock and by the processor's time of all threads. PyTorch is needed for this
file only: pip install torch
"""

import numpy as np

from tests.benchmarks.first_light import machine, seconds
from tests.benchmarks.kde import clocks

STEPS, BATCH, N, FLOOR = 400, 256, 4000, 2


def problem() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(N, 2)).astype(np.float32)


def perceptron(inputs: int, hidden: int, outputs: int):
    from torch import nn

    layers = (nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU())
    return nn.Sequential(*layers, nn.Linear(hidden, outputs))


def peer(kind: str, hidden: int, rows):
    """A script's training loop of so many steps."""
    import torch

    if kind == "vae":
        encoder, decoder = perceptron(2, hidden, 4), perceptron(2, hidden, 2)
        log_variance = torch.nn.Parameter(torch.zeros(()))
        trained = [*encoder.parameters(), *decoder.parameters(), log_variance]

        def loss(x):
            mean, spread = encoder(x).chunk(2, 1)
            z = mean + torch.exp(spread / 2) * torch.randn_like(mean)
            square = ((x - decoder(z)) ** 2).sum(1) * torch.exp(-log_variance)
            kl = 0.5 * (torch.exp(spread) + mean**2 - 1 - spread).sum(1)
            return (kl + 0.5 * square + log_variance).mean()

    else:
        net = perceptron(2 + 16, hidden, 2)
        trained, frequencies = list(net.parameters()), torch.logspace(0, 1.78, 8)

        def loss(x):
            noise, t = torch.randn_like(x), torch.rand(len(x), 1)
            angle = t * frequencies
            seen = torch.cat([(1 - t) * noise + t * x, torch.sin(angle), torch.cos(angle)], 1)
            return ((net(seen) - (x - noise)) ** 2).mean()

    optimiser = torch.optim.Adam(trained, lr=2e-3, betas=(0.9, 0.99))
    rows = torch.from_numpy(rows)

    def run():
        for _ in range(STEPS):
            value = loss(rows[torch.randint(N, (BATCH,))])
            optimiser.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()

    return run


def ours(kind: str, hidden: int, rows):
    import equinox as eqx
    import jax
    import jax.numpy as jnp

    from collapse import VAE, FlowMatching, Training
    from collapse.types import Pool

    training = Training(steps=STEPS, batch=BATCH, schedule="constant")
    size = {"hidden": hidden, "depth": 2, "training": training}
    model = (
        VAE(2, latent=2, decoder="gaussian", **size) if kind == "vae" else FlowMatching(2, **size)
    )
    one, zero = jnp.ones(N), jnp.zeros(N, jnp.int32)
    pool = Pool(jnp.asarray(rows), one, one, one, zero, zero, {})
    fit = eqx.filter_jit(lambda pool: model.fit(jax.random.key(0), pool).net)
    return lambda: jax.block_until_ready(fit(pool))


def compare(kind: str, hidden: int, rounds: int = 7) -> None:
    import torch

    rows = problem()
    mine, its = ours(kind, hidden, rows), peer(kind, hidden, rows)
    compiling = seconds(mine)
    times = []
    for _ in range(rounds):
        torch.set_num_threads(1)
        one = clocks(its)
        torch.set_num_threads(2)
        times.append((one, clocks(its), clocks(mine)))
    one, two, own = np.min(times, 0) / STEPS * 1e6
    print(
        f"{kind:4} hidden {hidden:3}: PyTorch {one[0]:5.0f} us a step in one thread, {two[0]:5.0f} "
        f"in two; ours {own[0]:4.0f}: {min(one[0], two[0]) / own[0]:4.1f}x by the clock, "
        f"{one[1] / own[1]:4.1f}x by the processor (floor {FLOOR}x); first call {compiling:.1f} s"
    )


def main() -> None:
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed: pip install torch, then run this again.")
        return
    import jax

    print(f"{machine()}; jax {jax.__version__}, torch {torch.__version__}")
    for hidden in (64, 256):
        for kind in ("vae", "flow"):
            compare(kind, hidden)


if __name__ == "__main__":
    main()
