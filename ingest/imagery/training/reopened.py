"""A network that was written as ONNX, opened again so that learning can go on from it."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from ingest.imagery.training.network import CrackNet


def reopened(path: Path, level: Tensor) -> CrackNet:
    """
    Return the network of an ONNX file with its layers of normalisation, which were folded into the weights.

    Parameters
    ----------
    path
        File as :func:`ingest.imagery.training.train.export` writes it, of a network with the usual channels.
    level
        Scenes whose spread at each layer becomes what that layer takes for usual, shape (batch, 1, height, width).
        What the network says does not depend on them, only how it goes on learning.
    """
    graph = onnx.load(str(path)).graph
    known = {part.name: torch.from_numpy(numpy_helper.to_array(part).copy()) for part in graph.initializer}
    convolutions = [list(node.input) for node in graph.node if node.op_type == "Conv"]
    network = CrackNet().eval()
    pairs = _pairs(network)
    with torch.no_grad():
        for (convolution, normal), (_, weight, bias) in zip(pairs, convolutions[:-1], strict=True):
            convolution.weight.copy_(known[weight])
            normal.register_forward_pre_hook(_unfolded(known[bias]))
        network.last.weight.copy_(known["last.weight"])
        network.last.bias.copy_(known["last.bias"])
        network(level)
    for _, normal in pairs:
        normal._forward_pre_hooks.clear()
    return network


def _pairs(network: CrackNet) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Return the convolutions and what normalises each, in the order in which they work."""
    blocks = [*network.down, *reversed(network.up)]
    return [(block[i], block[i + 1]) for block in blocks for i in (0, 3)]


def _unfolded(bias: Tensor):  # type: ignore[no-untyped-def]
    """Return a hook that makes a layer of normalisation add a bias and nothing else, whatever is usual before it."""

    def hook(normal: nn.BatchNorm2d, given: tuple[Tensor, ...]) -> None:
        mean, spread = given[0].mean((0, 2, 3)), given[0].var((0, 2, 3), unbiased=False)
        normal.running_mean.copy_(mean)
        normal.running_var.copy_(spread)
        normal.weight.copy_(torch.sqrt(spread + normal.eps))
        normal.bias.copy_(bias + mean)

    return hook
