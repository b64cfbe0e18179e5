"""doctest_module: runs the doctests of one PySpark module as its own _test() would, and prints a line for each docstring.

usage: doctest_module.py MODULE [NAME...]      with SPARK_CONNECT_TESTING_REMOTE set; NAME: these docstrings alone

Prints `doctest-result [NAME, FIRST]`: FIRST is null, or the first line that says what went wrong in the docstring.
"""
import doctest
import importlib
import json
import os
import signal
import sys
import unittest

SECONDS_PER_DOCSTRING = 60
only = frozenset(sys.argv[2:])


class FirstFailure(doctest.DocTestRunner):
    """Keeps what went wrong first."""

    def __init__(self, optionflags):
        super().__init__(optionflags=optionflags, verbose=False)
        self.first = None

    def report_start(self, out, test, example):
        pass

    def report_failure(self, out, test, example, got):
        self.first = self.first or f"{example.source.strip().splitlines()[0]} -> {' '.join(got.split())[:200] or 'nothing'}"

    def report_unexpected_exception(self, out, test, example, exc_info):
        text = str(exc_info[1]).strip().splitlines()
        self.first = self.first or f"{example.source.strip().splitlines()[0]} -> {exc_info[0].__name__}: {text[0][:300] if text else ''}"


def too_long(signum, frame):
    raise TimeoutError(f"took more than {SECONDS_PER_DOCSTRING} s")


def emit(line):
    print(line, file=sys.__stdout__, flush=True)


def testmod(module=None, *_, globs=None, optionflags=0, **__):
    """Stands in for doctest.testmod."""
    module = module or sys.modules["__main__"]
    for test in doctest.DocTestFinder().find(module, module.__name__, globs=globs):
        name = test.name[len(module.__name__) + 1:]
        if not test.examples or (only and name not in only):
            continue
        runner = FirstFailure(optionflags)
        signal.alarm(SECONDS_PER_DOCSTRING)
        try:
            runner.run(test, out=lambda text: None, clear_globs=False)
            first = runner.first
        except Exception as error:  # pylint: disable=broad-except
            first = f"{type(error).__name__}: {error}"
        finally:
            signal.alarm(0)
        emit("doctest-result " + json.dumps([name, first]))
    return doctest.TestResults(0, 0)


def main(name):
    signal.signal(signal.SIGALRM, too_long)
    doctest.testmod = testmod
    module = importlib.import_module(name)
    # unittest's main, which some modules call as well, has nothing to add.
    unittest.main = lambda *_, **__: None
    module._test()


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
