#!/usr/bin/env bash
# A dataset of the paper's size without the sources that forbid redistribution, with the preset modern.
set -euo pipefail
cd "$(dirname "$0")/.."
uv run refmatte build --sources am2k,p3m10k,aim500 --backgrounds bg20k --images 47500 --seed 1 --out data/modern "$@"
uv run refmatte verify data/modern
