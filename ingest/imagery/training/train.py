"""
Fit the crack network and write it as ONNX.

``python -m ingest.imagery.training.train --close FOLDER --roads FOLDER --road _386_ --out FOLDER``

Scenes are made as they are learned from, each from its own seed, so that the same command learns from the same scenes.
A run that was stopped goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from ingest.imagery.training.network import CrackNet, loss
from ingest.imagery.training.scenes import Sources, scene, sources

SIZE, BATCH, RATE, AVERAGE = 224, 8, 2e-3, 0.998
_EVERY = 500


class Scenes(IterableDataset[tuple[Tensor, Tensor]]):
    """An endless row of scenes; number i is made from the seed and i alone."""

    def __init__(self, given: Sources, *, seed: int, first: int) -> None:
        super().__init__()
        self.given, self.seed, self.first = given, seed, first

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield levelled scenes and what is known of their pixels, both (1, side, side)."""
        number = self.first
        while True:
            level, truth = scene(np.random.default_rng([self.seed, number]), self.given, size=SIZE)
            yield torch.from_numpy(level)[None], torch.from_numpy(truth)[None]
            number += 1


def fit(given: Sources, *, steps: int, seed: int, out: Path, start: Path | None = None) -> CrackNet:
    """
    Return the network after `steps` batches, its weights averaged over the last of them.

    Parameters
    ----------
    given
        Images to learn from.
    steps
        Batches of 8 scenes.
    seed
        Of weights and scenes.
    out
        Folder for checkpoints.
    start
        Checkpoint of an earlier run whose averaged weights are where this one begins; by chance when not given.
    """
    torch.manual_seed(seed)
    rate = RATE if start is None else RATE / 2
    network, average = CrackNet(), CrackNet()
    if start is not None:
        network.load_state_dict(torch.load(start, weights_only=True)["average"])
    average.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-4)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.05)
    parts = {"network": network, "average": average, "optimiser": optimiser, "plan": plan}
    done = _resumed(out / "checkpoint.pt", parts)
    scenes = DataLoader(
        Scenes(given, seed=seed, first=done * BATCH), batch_size=BATCH, num_workers=1, prefetch_factor=8
    )
    mean = 0.0
    for step, (level, truth) in enumerate(scenes, start=done + 1):
        if step > steps:
            break
        with torch.autocast("cpu", torch.bfloat16):
            odds = network(level)
        value = loss(odds.float(), truth)
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        plan.step()
        averaged(average, network, step)
        mean += float(value.detach()) / _EVERY
        if step % _EVERY == 0 or step == steps:
            print(f"step {step} of {steps}: loss {mean:.4f}", flush=True)
            mean = 0.0
            torch.save({"step": step, **{n: p.state_dict() for n, p in parts.items()}}, out / "checkpoint.pt")
    return average.eval()


def _resumed(path: Path, parts: dict[str, object]) -> int:
    if not path.exists():
        return 0
    held = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(held[name])  # type: ignore[attr-defined]
    return int(held["step"])


@torch.no_grad()
def averaged(average: CrackNet, network: CrackNet, step: int) -> None:
    """Move the averaged weights towards those of the network; faster in the first steps."""
    keep = min(AVERAGE, step / (step + 10))
    for mine, other in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mine.dtype.is_floating_point:
            mine.mul_(keep).add_(other, alpha=1 - keep)
        else:
            mine.copy_(other)


def export(network: CrackNet, path: Path) -> None:
    """Write the network as ONNX for ``cv2.dnn``, height and width open."""
    sides = {2: "height", 3: "width"}
    torch.onnx.export(
        network.eval(),
        (torch.zeros(1, network.layers, 64, 64),),
        str(path),
        input_names=["level"],
        output_names=["odds"],
        dynamic_axes={"level": sides, "odds": sides},
        opset_version=13,
        dynamo=False,
    )


def main() -> None:
    """Read the arguments, fit, export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--close", type=Path, required=True, help="near views: images and masks")
    parser.add_argument("--roads", type=Path, required=True, help="road frames: images, masks, masks_lane")
    parser.add_argument("--road", default="", help="learn only from frames with this in their name")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--start", type=Path, help="checkpoint of an earlier run to go on from")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    images = sources(given.close, given.roads, road=given.road)
    export(fit(images, steps=given.steps, seed=given.seed, out=given.out, start=given.start), given.out / "cracks.onnx")


if __name__ == "__main__":
    main()
