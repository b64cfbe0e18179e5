"""submitted: runs before a program that `vonk submit` starts, as its sitecustomize; makes the classic interface ready.

It acts on this process alone: the variables that brought it here are taken back at once, so that programs started by this one
are left in peace. The client is patched when the program imports it. A sitecustomize of the machine's own runs afterwards.
"""
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


class AfterImport(importlib.abc.MetaPathFinder):
    """Calls actions[NAME](module) once the module NAME has been imported."""

    def __init__(self, actions):
        self.actions = actions

    def find_spec(self, name, path=None, target=None):
        action = self.actions.pop(name, None)
        spec = importlib.util.find_spec(name) if action else None
        if spec is None:
            if action and name == "pyspark":
                print("vonk submit: this Python has no PySpark client: pip install pyspark-client, or name another Python in PYSPARK_PYTHON", file=sys.stderr)
            return None
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            action(module)
        spec.loader.exec_module = exec_module
        return spec


def take_back_environment():
    """Removes our folder from PYTHONPATH for programs that this one starts; here it moves to the end."""
    places = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place and os.path.abspath(place) != HERE]
    if places:
        os.environ["PYTHONPATH"] = os.pathsep.join(places)
    else:
        os.environ.pop("PYTHONPATH", None)
    sys.path[:] = [place for place in sys.path if os.path.abspath(place or ".") != HERE] + [HERE]


def run_next_sitecustomize():
    """The one that ours stands before."""
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", [place for place in sys.path if place != HERE])
    if spec:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def start():
    from vonk import classic
    sys.meta_path.insert(0, AfterImport({
        "pyspark": classic.patch_package,
        "pyspark.sql.session": lambda module: classic.patch_builder(module.SparkSession.Builder),
        "pyspark.sql.connect.session": lambda module: classic.install(everyone=True),
    }))


take_back_environment()
start()
run_next_sitecustomize()
