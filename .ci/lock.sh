#!/usr/bin/env bash
# Renew the lock files from pyproject.toml: hashed, for every platform, without index addresses.
set -eu
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 \
    --no-emit-index-url --no-emit-find-links "$@"
}
compile pyproject.toml -o requirements.txt
compile -c requirements.txt pyproject.toml --group dev -o requirements-dev.txt
for group in build npm bench; do
  compile -c requirements-dev.txt --group "$group" -o "requirements-$group.txt"
done
