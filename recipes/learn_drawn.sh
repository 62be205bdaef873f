#!/usr/bin/env bash
# Does it follow the words? Train the preset `scratch` on drawn shapes, score it on pictures of shapes it never saw.
# The gate is target accuracy (chance is 0.5 with two things in a picture): TARGET, 0.90 unless given.
#   recipes/learn_drawn.sh                            the whole experiment
#   IMAGES=240 STEPS=600 TARGET=0.75 SEEDS=0 recipes/learn_drawn.sh     its reduced form
set -euo pipefail
cd "$(dirname "$0")/.."
IMAGES=${IMAGES:-4000} STEPS=${STEPS:-20000} TARGET=${TARGET:-0.90} SEEDS=${SEEDS:-"0 1 2"} OUT=${OUT:-runs/learn_drawn}

# Entities of the test split are other drawings: most of their combinations of shape, colour and pattern are new.
uv run refmatte build --sources "drawn:$((IMAGES / 2))" --backgrounds drawn:60 --images "$IMAGES" --seed 7 \
  --set sampling.three_share=0 --out "$OUT/data"
for seed in $SEEDS; do
  uv run --all-packages --all-extras clipmat train --data "$OUT/data" --setting expression --preset scratch \
    --seed "$seed" --max-steps "$STEPS" --set epochs=100000 --out "$OUT/seed$seed"
  uv run --all-packages --all-extras clipmat predict --data "$OUT/data" --split test --setting expression \
    --checkpoint "$OUT/seed$seed" --out "$OUT/preds$seed"
  uv run rim-eval score "$OUT/preds$seed" "$OUT/data" --json > "$OUT/scores$seed.json"
  python3 - "$OUT/scores$seed.json" "$TARGET" <<'PY'
import json, sys
scores = json.load(open(sys.argv[1]))
accuracy = scores["targets"]["accuracy"]
print(f"target accuracy {accuracy:.3f}, SAD {scores['overall']['SAD']:.2f}")
sys.exit(accuracy < float(sys.argv[2]))
PY
done
