#!/usr/bin/env bash
# Does it follow the words? Train the preset `scratch` on drawn shapes, two to a picture, and score it on pictures of shapes
# it never saw. Two gates for every seed: target accuracy (chance is 0.5), and how much worse SAD gets when every matte is
# answered with the phrase of its neighbour.
#   recipes/learn_drawn.sh                                                       the whole experiment
#   IMAGES=500 STEPS=2000 ACCURACY=0.75 RATIO=2 SEEDS=0 recipes/learn_drawn.sh   a short one
set -euo pipefail
cd "$(dirname "$0")/.."
IMAGES=${IMAGES:-4000} STEPS=${STEPS:-20000} ACCURACY=${ACCURACY:-0.90} RATIO=${RATIO:-5} SEEDS=${SEEDS:-"0 1 2"}
OUT=${OUT:-runs/learn_drawn}
clipmat() { uv run --all-packages --all-extras clipmat "$@"; }

# Entities of the test split are other drawings than those of the train split.
uv run refmatte build --sources "drawn:$((IMAGES / 2))" --backgrounds drawn:60 --images "$IMAGES" --seed 7 \
  --set sampling.three_share=0 --out "$OUT/data"
for seed in $SEEDS; do
  run="$OUT/seed$seed"
  resume=(); [ -d "$run/train/checkpoints" ] && resume=(--resume)
  clipmat train --data "$OUT/data" --setting expression --preset scratch --seed "$seed" --max-steps "$STEPS" \
    --set epochs=1000000 --out "$run/train" "${resume[@]}"
  clipmat predict --data "$OUT/data" --split test --setting expression --checkpoint "$run/train" --out "$run/right"
  rm -rf "$run/swapped" && mkdir "$run/swapped"
  for file in "$run"/right/*_1_e?.png; do
    other=${file/_1_e/_2_e}
    cp "$file" "$run/swapped/$(basename "$other")"
    cp "$other" "$run/swapped/$(basename "$file")"
  done
  for name in right swapped; do uv run rim-eval score "$run/$name" "$OUT/data" --json > "$run/$name.json"; done
  python3 - "$run" "$ACCURACY" "$RATIO" <<'PY'
import json, pathlib, sys
run, accuracy, ratio = pathlib.Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
right, swapped = (json.loads((run / f"{name}.json").read_text()) for name in ("right", "swapped"))
found = right["targets"]["accuracy"], swapped["overall"]["SAD"] / right["overall"]["SAD"]
print(f"{run}: target accuracy {found[0]:.3f}, SAD {right['overall']['SAD']:.2f}, x{found[1]:.1f} with the neighbour's phrase")
sys.exit(found[0] < accuracy or found[1] < ratio)
PY
done
