"""The networks: small U-Nets that give log odds for each pixel of a levelled grey image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CHANNELS = (12, 24, 48, 96)
# sides of the input must be multiples of this
STEP = 2 ** (len(CHANNELS) - 1)


def _double(inside: int, outside: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, padding=1, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
        nn.Conv2d(outside, outside, 3, padding=1, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )


class CrackNet(nn.Module):
    """U-Net of four levels; input (batch, layers, height, width), sides multiples of 8; output with a layer a class."""

    def __init__(self, channels: tuple[int, ...] = CHANNELS, *, layers: int = 1, classes: int = 1) -> None:
        super().__init__()
        self.layers = layers
        inputs = (layers, *channels[:-1])
        self.down = nn.ModuleList([_double(a, b) for a, b in zip(inputs, channels, strict=True)])
        self.up = nn.ModuleList([_double(a + b, a) for a, b in zip(channels[:-1], channels[1:], strict=True)])
        self.last = nn.Conv2d(channels[0], classes, 1)

    def forward(self, level: Tensor) -> Tensor:
        """Return the log odds."""
        kept = []
        value = level
        for number, block in enumerate(self.down):
            value = block(value if number == 0 else nn.functional.max_pool2d(value, 2))
            kept.append(value)
        for skip, block in zip(reversed(kept[:-1]), reversed(self.up), strict=True):
            wide = nn.functional.interpolate(value, scale_factor=2.0, mode="nearest")
            value = block(torch.cat([skip, wide], dim=1))
        result: Tensor = self.last(value)
        return result


def loss(odds: Tensor, truth: Tensor) -> Tensor:
    """Return cross entropy plus soft Dice over the pixels that are known (``truth`` is 0, 1, or 255 for unknown)."""
    known = (truth != 255).float()
    crack = (truth == 1).float()
    entropy = nn.functional.binary_cross_entropy_with_logits(odds, crack, reduction="none")
    share = torch.sigmoid(odds) * known
    dice = 1 - (2 * (share * crack).sum() + 1) / (share.sum() + crack.sum() + 1)
    return (entropy * known).sum() / known.sum().clamp(min=1) * 2 + dice
