"""setup.py: puts the vonk command into the package: VONK_BINARY, else build/vonk of this repository, else built with CMake."""
import os
import pathlib
import re
import shutil
import subprocess

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent


def version():
    text = (ROOT / "CMakeLists.txt").read_text()
    return re.search(r"project\(vonk VERSION (\S+)", text).group(1)


def find_binary(folder):
    """The vonk command; FOLDER is for what has to be built."""
    named = os.environ.get("VONK_BINARY")
    if named:
        return pathlib.Path(named)
    for built in (ROOT / "build/vonk", ROOT / "build/release/vonk"):
        if built.is_file():
            return built
    subprocess.run(["cmake", "-S", str(ROOT), "-B", str(folder), "-DCMAKE_BUILD_TYPE=Release"], check=True)
    subprocess.run(["cmake", "--build", str(folder), "--parallel", "--target", "vonk"], check=True)
    return folder / "vonk"


class BuildWithBinary(build_py):
    """The package and the command beside it."""

    def run(self):
        super().run()
        target = pathlib.Path(self.build_lib) / "vonk/bin/vonk"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(find_binary(pathlib.Path(self.build_lib).resolve().parent / "engine"), target)
        target.chmod(0o755)


class BinaryDistribution(Distribution):
    """A wheel for this platform alone."""

    def has_ext_modules(self):
        return True


setup(version=version(), cmdclass={"build_py": BuildWithBinary}, distclass=BinaryDistribution)
