"""Finds and runs the command."""

import os
import pathlib
import shutil
import subprocess


class BanditRouterError(RuntimeError):
    """The command refused: exit 2 (usage, unknown names) or 3 (bad input); the message is its own."""


def command():
    """The path of the command: `BANDIT_ROUTER`, else that of a built clone above the working directory, else what PATH has."""
    named = os.environ.get("BANDIT_ROUTER")
    if named:
        return str(pathlib.Path(named).resolve())
    here = pathlib.Path.cwd()
    for folder in [here, *here.parents]:
        built = folder / ".build" / "release" / "bandit-router"
        if built.exists():
            return str(built)
    found = shutil.which("bandit-router")
    if found:
        return found
    raise BanditRouterError("there is no bandit-router: set BANDIT_ROUTER, build it (swift build -c release), or put it on PATH")


def flags(options):
    """Keyword arguments as flags: `_` is `-`, lists repeat the flag, True is a flag alone, None and False are none."""
    words = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if item is None or item is False:
                continue
            words.append(flag)
            if item is not True:
                words.append(str(item))
    return words


def run(*words, accepted=(0,)):
    """Runs the command; its standard output and exit status."""
    done = subprocess.run([command(), *map(str, words)], capture_output=True, text=True)
    if done.returncode not in accepted:
        raise BanditRouterError(done.stderr.strip() or f"bandit-router {words[0]}: exit {done.returncode}")
    return done.stdout, done.returncode
