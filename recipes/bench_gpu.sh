#!/usr/bin/env bash
# Training speed on one H200, with the goals beside it: ViT-B/16 at 512 pixels 250 images/s, ViT-L/16 125.
# A goal is met when any configuration with one phrase an image reaches it. A missed goal exits with 1.
#
#   bash recipes/bench_gpu.sh [FOLDER]        FOLDER gets bench_b16.json and bench_l16.json (bench/ if not given)
set -euo pipefail
out="${1:-bench}"
mkdir -p "$out"
run=(uv run --all-packages --all-extras clipmat bench --preset modern --compile --queries 4 --steps 20 --warmup 5 --mode train --json)

nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader
"${run[@]}" --batch-size "${BATCH_B:-48}" >"$out/bench_b16.json"
"${run[@]}" --batch-size "${BATCH_L:-24}" --set model.backbone=ViT-L-14-quickgelu >"$out/bench_l16.json"

python3 - "$out" <<'END'
import json
import sys
from pathlib import Path

missed = False
for name, model, goal in (("bench_b16", "ViT-B/16", 250), ("bench_l16", "ViT-L/16", 125)):
    found = json.loads((Path(sys.argv[1]) / f"{name}.json").read_text())
    print(f"{model} at 512 pixels on {found[0]['device']}")
    for one in found:
        mfu = "" if one["mfu"] is None else f"  MFU {100 * one['mfu']:.1f} %"
        print(
            f"  {one['name']:36}{one['images_per_s']:8.1f} images/s {one['pairs_per_s']:8.1f} pairs/s"
            f"{one['peak_memory_mb']:9.0f} MB  x{one['ratio_to_eager']:.2f}{mfu}"
        )
    best = max(one["images_per_s"] for one in found if one["queries"] == 1)
    missed |= best < goal
    print(f"  goal {goal} images/s: {'missed' if best < goal else 'met'} ({best:.1f})")
sys.exit(1 if missed else 0)
END
