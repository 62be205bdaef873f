#!/usr/bin/env bash
# Could the score of learn_drawn.sh come from pictures alone, or from words and places alone? Two blind models: one is
# trained and asked with "the thing" for every phrase, one with an even grey for every picture. Each is scored by rim-eval
# against the true dataset, and so is the seeing model of learn_drawn.sh when it is blinded. One line each; nothing fails.
#   recipes/learn_drawn.sh; recipes/shortcuts_drawn.sh
#   STEPS=0 recipes/shortcuts_drawn.sh          only the seeing model, blinded
set -euo pipefail
cd "$(dirname "$0")/.."
STEPS=${STEPS:-5400} SEED=${SEED:-0} LEARNT=${LEARNT:-runs/learn_drawn} OUT=${OUT:-runs/shortcuts_drawn}
clipmat() { uv run --all-packages --all-extras clipmat "$@"; }
ALIGN=${ALIGN:-$((STEPS * 16 / 27))}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

score() { # NAME COPY RUN: the run's answers to the blinded copy, against the true mattes
  clipmat predict --data "$2" --split test --setting expression --checkpoint "$3" --out "$OUT/$1/right"
  uv run rim-eval score "$OUT/$1/right" "$LEARNT/data" --metrics SAD --json > "$OUT/$1/right.json"
  python3 recipes/read_scores.py "$OUT/$1"
}

for what in mute grey; do
  copy="$OUT/data-$what"
  [ -d "$copy" ] || uv run python recipes/blinded_copy.py "$what" "$LEARNT/data" "$copy"
  score "seeing-$what" "$copy" "$LEARNT/seed$SEED/train"
  if [ "$STEPS" -gt 0 ]; then
    resume=()
    [ -d "$OUT/trained-$what/train/checkpoints" ] && resume=(--resume)
    clipmat train --data "$copy" --setting expression --preset scratch --seed "$SEED" --max-steps "$STEPS" \
      --set epochs=1000000 --set align_steps="$ALIGN" --out "$OUT/trained-$what/train" "${resume[@]}"
    score "trained-$what" "$copy" "$OUT/trained-$what/train"
  fi
done
