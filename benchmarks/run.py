"""Run every benchmark in turn; each writes its section of docs/performance.md."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    for script in sorted(FOLDER.glob("*.py")):
        if script.stem == "run" or 'if __name__ == "__main__"' not in script.read_text(encoding="utf-8"):
            continue
        print(f"[bench] {script.name}", flush=True)
        done = subprocess.run([sys.executable, str(script)], cwd=FOLDER.parent, check=False)
        if done.returncode:
            sys.exit(f"[bench] {script.name} failed")


if __name__ == "__main__":
    main()
