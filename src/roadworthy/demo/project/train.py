"""Train the candidate again: python train.py, in this folder."""

from __future__ import annotations

from pathlib import Path

from roadworthy.demo.train import train_candidate

if __name__ == "__main__":
    version = train_candidate(Path(__file__).parent)
    print(f"registered {version.name} {version.digest}")
