"""binary: where the vonk command is."""
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent


class BinaryNotFound(RuntimeError):
    """There is no vonk command."""


def path():
    """VONK_BINARY, the command inside this package, that of a repository around it, or the one on PATH."""
    named = os.environ.get("VONK_BINARY")
    if named:
        return named
    for place in (HERE / "bin/vonk", HERE.parents[1] / "build/vonk", HERE.parents[1] / "build/release/vonk"):
        if os.access(place, os.X_OK) and place.is_file():
            return str(place)
    found = shutil.which("vonk")
    # The script that pip makes for this package would only call us again.
    if found and pathlib.Path(found).parent != pathlib.Path(sys.executable).parent:
        return found
    raise BinaryNotFound("the vonk command was not found: set VONK_BINARY, or install the package again")


def main():
    """The console script `vonk`: becomes the command."""
    os.execv(path(), ["vonk", *sys.argv[1:]])
