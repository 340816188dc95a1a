#!/usr/bin/env bash
# The same frame of a take's first two cameras side by side, as a PNG: scripts/take-figure.sh TAKE FRAME OUT.png
# Needs the system's ffmpeg.
set -euo pipefail
take=$1 frame=$2 out=$3
ffmpeg -v error -y -i "$take/cam0.mp4" -i "$take/cam1.mp4" -filter_complex \
  "[0]select=eq(n\,$frame)[a];[1]select=eq(n\,$frame),pad=iw+8:ih:8:0:white[b];[a][b]hstack" -frames:v 1 "$out"
