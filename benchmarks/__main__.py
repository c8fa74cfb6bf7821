"""All benchmarks, or those named, and one table.

python -m benchmarks [--minutes M] [--repeats N] [ingest] [render] [simulate]
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from benchmarks.figures import Findings, parse_size, show


def main() -> int:
    """Run them one after the other."""
    known = sorted(file.stem.removeprefix("bench_") for file in Path(__file__).parent.glob("bench_*.py"))
    size, names = parse_size(None, __doc__ or "")
    wanted = [Path(name).stem.removeprefix("bench_") for name in names] or known
    for name in wanted:
        if name not in known:
            raise SystemExit(f"there is no benchmark {name!r}; known: {', '.join(known)}")
    findings = Findings()
    for name in wanted:
        print(f"{name}: measuring", file=sys.stderr)
        findings.join(importlib.import_module(f"benchmarks.bench_{name}").measure(size))
    return show(findings, size)


if __name__ == "__main__":
    raise SystemExit(main())
