"""
Write the mean of two checkpoints as ONNX: ``python -m ingest.imagery.training.blend A B --share 0.6 --out FILE``.

Weights of a run and of the run that went on from it with other scenes lie close enough for their mean to be a network
that keeps the precision of the one and the reach of the other (Wortsman et al. 2022, "Model soups").
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from ingest.imagery.training.network import CrackNet
from ingest.imagery.training.train import export


def blended(first: Path, second: Path, *, share: float) -> CrackNet:
    """Return the network whose weights are `share` of the second checkpoint's averages and the rest of the first's."""
    a, b = (torch.load(path, weights_only=True)["average"] for path in (first, second))
    network = CrackNet()
    network.load_state_dict(
        {name: a[name] * (1 - share) + b[name] * share if a[name].dtype.is_floating_point else b[name] for name in a}
    )
    return network.eval()


def main() -> None:
    """Read the arguments, blend, export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--share", type=float, default=0.6, help="of the second")
    parser.add_argument("--out", type=Path, required=True, help="the ONNX file")
    given = parser.parse_args()
    export(blended(given.first, given.second, share=given.share), given.out)


if __name__ == "__main__":
    main()
