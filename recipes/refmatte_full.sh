#!/usr/bin/env bash
# The paper's dataset from the paper's six sources: 45,000 + 2,500 images (Tables 1, 5).
# Needs under $REFMATTE_SOURCES (default ./sources): AM-2k, P3M-10k (with P3M-500-NP), AIM-500, SIM, adobe_composition-1k,
# Distinctions-646, BG-20k. The result may not be redistributed (DIM) nor used commercially (DIM, HATT).
set -euo pipefail
cd "$(dirname "$0")/.."
uv run refmatte build --preset paper --seed 1 --out data/refmatte \
  --sources am2k,p3m10k,aim500,sim,dim,hatt --backgrounds bg20k \
  --set sources.p3m10k_include_np=true --allow-identifiable-faces \
  --allow-license non-commercial --allow-license no-redistribution "$@"
uv run refmatte verify data/refmatte
