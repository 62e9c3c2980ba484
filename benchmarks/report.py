"""How benchmarks report: a Markdown table with machine and date, also written into docs/performance.md."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

PERFORMANCE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def machine() -> str:
    """Return one line on the machine, the Python and the day."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, {date.today().isoformat()}"
    )


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; the first column is text, the others are right-aligned figures."""
    lines = [" | ".join(header), " | ".join(["---", *["---:"] * (len(header) - 1)])]
    lines += [" | ".join(str(cell) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def publish(section: str, text: str, file: Path = PERFORMANCE) -> None:
    """Print a section and put it into docs/performance.md in place of the section of that name."""
    body = f"## {section}\n\n{machine()}\n\n{text.strip()}\n"
    print(body)
    old = file.read_text(encoding="utf-8") if file.is_file() else "# Performance\n"
    pattern = re.compile(rf"^## {re.escape(section)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    known = pattern.search(old)
    new = pattern.sub(lambda _: body + "\n", old) if known else old.rstrip() + "\n\n" + body
    file.write_text(new.rstrip() + "\n", encoding="utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
