#!/usr/bin/env bash
# Does it follow the words? Train the preset `scratch` on drawn things, two to a picture, and score it on pairs of shape
# and colour that it has never seen together. Two gates for every seed: target accuracy (chance is 0.5), and how much
# worse SAD gets when every matte is answered with the phrase of its neighbour. Ends with 1 if a seed misses one.
#   recipes/learn_drawn.sh                                          the whole experiment
#   STEPS=1200 ACCURACY=0.75 RATIO=2 SEEDS=0 recipes/learn_drawn.sh a short one
# What was measured, and on which machine, is in docs/RESULTS.md.
set -euo pipefail
cd "$(dirname "$0")/.."
IMAGES=${IMAGES:-6000} STEPS=${STEPS:-5400} ACCURACY=${ACCURACY:-0.90} RATIO=${RATIO:-5}
ALIGN=${ALIGN:-$((STEPS * 16 / 27))} SEEDS=${SEEDS:-"0 1 2"} OUT=${OUT:-runs/learn_drawn}
clipmat() { uv run --all-packages --all-extras clipmat "$@"; }
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} # so small a model is slower with more, and its sums are then repeatable

# Entities and backgrounds of the test split are none of the train split's; nor are their pairs of shape and colour.
uv run refmatte build --sources "drawn:$((IMAGES * 6 / 10))" --backgrounds drawn:60 --images "$IMAGES" --seed 7 \
  --set sampling.three_share=0 --set sources.drawn_split=combinations \
  --set sources.drawn_scale=0.2 --set filters.min_short_side=32 --set filters.min_box_side=32 --out "$OUT/data"
missed=0
for seed in $SEEDS; do
  run="$OUT/seed$seed"
  resume=()
  [ -d "$run/train/checkpoints" ] && resume=(--resume)
  clipmat train --data "$OUT/data" --setting expression --preset scratch --seed "$seed" --max-steps "$STEPS" \
    --set align_steps="$ALIGN" --set epochs=1000000 --out "$run/train" "${resume[@]}"
  clipmat predict --data "$OUT/data" --split test --setting expression --checkpoint "$run/train" --out "$run/right"
  rm -rf "$run/swapped" && mkdir "$run/swapped"
  for file in "$run"/right/*_1_e?.png; do
    other=${file/_1_e/_2_e}
    cp "$file" "$run/swapped/$(basename "$other")"
    cp "$other" "$run/swapped/$(basename "$file")"
  done
  for name in right swapped; do
    uv run rim-eval score "$run/$name" "$OUT/data" --metrics SAD --json > "$run/$name.json"
  done
  uv run python recipes/read_scores.py "$run" --data "$OUT/data" --accuracy "$ACCURACY" --ratio "$RATIO" || missed=1
done
exit "$missed"
