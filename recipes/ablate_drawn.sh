#!/usr/bin/env bash
# What does each part of the model, and of its training, do? The preset `scratch` on the dataset of learn_drawn.sh with
# one thing changed at a time, one seed each, scored by rim-eval. One line a variant; nothing fails.
#   recipes/learn_drawn.sh; recipes/ablate_drawn.sh                    all of them
#   STEPS=1200 ONLY="no-tsp no-alignment" recipes/ablate_drawn.sh      some, shorter
#   MORE="--set model.backbone=ViT-B-16-quickgelu --set model.image_size=224" recipes/ablate_drawn.sh      with a GPU
set -euo pipefail
cd "$(dirname "$0")/.."
STEPS=${STEPS:-5400} SEED=${SEED:-0} DATA=${DATA:-runs/learn_drawn/data} OUT=${OUT:-runs/ablate_drawn}
ONLY=${ONLY:-} ALIGN=${ALIGN:-$((STEPS * 16 / 27))}
read -ra more <<< "${MORE:-}"
clipmat() { uv run --all-packages --all-extras clipmat "$@"; }
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

variant() { # NAME [--set FIELD=VALUE]...
  local name=$1 run="$OUT/$1"
  shift
  if [ -n "$ONLY" ] && [[ " $ONLY " != *" $name "* ]]; then return; fi
  local resume=()
  [ -d "$run/train/checkpoints" ] && resume=(--resume)
  clipmat train --data "$DATA" --setting expression --preset scratch --seed "$SEED" --max-steps "$STEPS" \
    --set epochs=1000000 --set align_steps="$ALIGN" "${more[@]}" "$@" --out "$run/train" "${resume[@]}"
  clipmat predict --data "$DATA" --split test --setting expression --checkpoint "$run/train" --out "$run/right"
  uv run rim-eval score "$run/right" "$DATA" --metrics SAD --json > "$run/right.json"
  python3 recipes/read_scores.py "$run"
}

variant whole
# The parts of the paper's ablation. Without TSP there is nothing to align.
variant no-tsp --set model.tsp=false --set align_steps=0
variant no-mde --set model.mde=false
variant no-post-context --set model.post_context=0
# What the training of `scratch` adds to the paper's.
variant no-alignment --set loss.alignment=0 --set align_steps=0
variant no-strangers --set loss.strangers=0
variant no-align-steps --set align_steps=0
variant small-positions --set model.position_scale=1
# Open points of the paper (docs/train.md).
variant no-cross-residual --set model.cross_residual=false
variant no-tsp-mlp --set model.tsp_mlp=0
variant tsp-init-xavier --set model.tsp_init=xavier
variant tsp-init-small --set model.tsp_init=small
variant attend-padding --set model.mask_padding=false
variant soft-fusion --set model.fusion=soft --set loss.fusion=1
variant hard-fusion-loss --set loss.fusion=1
variant lap-gfm --set loss.lap_kernel=gfm
variant group-norm --set model.norm=group
