#!/usr/bin/env bash
# Make the project's own Python environment in .venv from requirements.lock; nothing outside this folder is changed,
# except that, run as root on Debian, missing system packages are installed.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

debian_packages() { # name the packages, install what is missing when root on Debian, else say what is missing
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        say "Installing Debian packages: ${missing[*]}"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        say "Not root: these Debian packages are missing and may be needed: ${missing[*]}"
    fi
}

if command -v dpkg-query >/dev/null; then
    # OpenCV needs libGL and glib; LightGBM needs libgomp; WeasyPrint needs Pango, and letters for Chinese
    debian_packages python3-venv libgl1 libglib2.0-0 libgomp1 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk
    [ "${1:-}" = browser ] && debian_packages chromium
fi

python=$(command -v python3 || true)
[ -n "$python" ] || { say "Python 3.11 or newer is needed: install python3."; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "Python 3.11 or newer is needed; this is $("$python" -V)."; exit 1; }

stamp=.venv/.made-from
made_from=$(cat requirements.lock pyproject.toml scripts/uv.lock | sha256sum | cut -d' ' -f1)
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$made_from" ]; then exit 0; fi

if ! .tools/bin/uv --version >/dev/null 2>&1; then
    say "Installing uv into .tools"
    "$python" -m venv --clear .tools
    .tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r scripts/uv.lock
fi
say "Installing packages into .venv"
.tools/bin/uv venv --quiet --allow-existing --python "$python" .venv
.tools/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
# the four packages themselves: a path file, so that no build is needed and every edit counts at once
.venv/bin/python - <<'PYTHON'
import pathlib, sysconfig
pathlib.Path(sysconfig.get_paths()["purelib"], "pavement_dss.pth").write_text(f"{pathlib.Path.cwd()}\n", encoding="utf-8")
PYTHON
printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m dashboard "$@"\n' "$PWD" >.venv/bin/pavement
chmod +x .venv/bin/pavement
printf '%s\n' "$made_from" >"$stamp"
