"""The same networks in PyTorch, in its usual training loop; needs torch."""

import numpy as np
import torch
from torch import nn


class Maxout(nn.Module):
    """A linear layer, of whose outputs five at a time compete."""

    def __init__(self, inputs, units, pieces=5):
        super().__init__()
        self.linear = nn.Linear(inputs, units * pieces)
        self.shape = (units, pieces)
        nn.init.uniform_(self.linear.weight, -0.005, 0.005)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return self.linear(x).unflatten(1, self.shape).amax(dim=-1)


def _paper():
    generator = nn.Sequential(
        nn.Linear(100, 1200),
        nn.ReLU(),
        nn.Linear(1200, 1200),
        nn.ReLU(),
        nn.Linear(1200, 784),
        nn.Sigmoid(),
        nn.Unflatten(1, (1, 28, 28)),
    )
    for layer in generator:
        if isinstance(layer, nn.Linear):
            nn.init.uniform_(layer.weight, -0.05, 0.05)
            nn.init.zeros_(layer.bias)
    discriminator = nn.Sequential(
        nn.Flatten(),
        nn.Dropout(0.2),
        Maxout(784, 240),
        nn.Dropout(0.5),
        Maxout(240, 240),
        nn.Dropout(0.5),
        nn.Linear(240, 1),
    )
    return generator, discriminator


def _tutorial():
    def doubled(inputs, outputs, stride):
        return nn.ConvTranspose2d(
            inputs, outputs, 5, stride, padding=2, output_padding=stride - 1, bias=False
        )

    generator = nn.Sequential(
        nn.Linear(100, 7 * 7 * 256, bias=False),
        nn.BatchNorm1d(7 * 7 * 256),
        nn.LeakyReLU(0.3),
        nn.Unflatten(1, (256, 7, 7)),
        doubled(256, 128, 1),
        nn.BatchNorm2d(128),
        nn.LeakyReLU(0.3),
        doubled(128, 64, 2),
        nn.BatchNorm2d(64),
        nn.LeakyReLU(0.3),
        doubled(64, 1, 2),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        nn.Conv2d(1, 64, 5, 2, padding=2),
        nn.LeakyReLU(0.3),
        nn.Dropout(0.3),
        nn.Conv2d(64, 128, 5, 2, padding=2),
        nn.LeakyReLU(0.3),
        nn.Dropout(0.3),
        nn.Flatten(),
        nn.Linear(128 * 7 * 7, 1),
    )
    return generator, discriminator


def training_step(workload, minibatch):
    """Makes a function that trains a step.

    Args:
        workload: A `Workload` with SGD (the 2014 pair) or Adam (the tutorial's).
        minibatch: m.
    """
    optimizer = workload.optimizer()
    is_paper = hasattr(optimizer, "momentum")
    generator, discriminator = (_paper if is_paper else _tutorial)()
    rate = float(optimizer.learning_rate)

    def make(network):
        if is_paper:
            momentum = optimizer.momentum
            return torch.optim.SGD(network.parameters(), rate, momentum=momentum)
        return torch.optim.Adam(network.parameters(), rate)

    d_optimizer, g_optimizer = make(discriminator), make(generator)
    loss = nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones(minibatch, 1), torch.zeros(minibatch, 1)
    images = torch.from_numpy(np.moveaxis(workload.scaled(), -1, 1).copy())

    def minibatches():
        while True:
            for rows in torch.randperm(len(images)).split(minibatch):
                yield images[rows]

    real = minibatches()

    def step():
        for _ in range(workload.k):
            d_optimizer.zero_grad()
            fake = generator(torch.randn(minibatch, 100)).detach()
            cost = loss(discriminator(next(real)), ones)
            cost = cost + loss(discriminator(fake), zeros)
            cost.backward()
            d_optimizer.step()
        g_optimizer.zero_grad()
        cost = loss(discriminator(generator(torch.randn(minibatch, 100))), ones)
        cost.backward()
        g_optimizer.step()

    return step
