"""tidy_test.py: each rule of tools/tidy finds its violation in a small tree and is quiet about the clean one."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

CLEAN = {
    "src/layers.txt": "base:\ntype: base\ncolumn: type\nplan: type\nopt: plan\n",
    "src/base/README.md": "base\n",
    "src/base/str.h": "/* str.h: text. */\n#ifndef A\n#define A\n#include <stddef.h>\nstruct text { size_t size; };\n#endif\n",
    "src/base/arena.c": '/* arena.c: memory. */\n#include "base/str.h"\n#include <stdlib.h>\nvoid *get(void) { return malloc(1); }\n',
    "src/opt/README.md": "opt\n",
    "src/opt/rule/registry.def": "/* registry.def: rules. */\nVONK_RULE(fold)\n",
    "src/opt/rule/fold.c": '/* fold.c: folds. */\n#include "base/str.h"\n/* malloc(1) in a comment, "sprintf(" too */\nint fold;\n',
    "tools/tidy-allow.txt": "",
    "tools/tidy-ratchet.txt": "",
}
LONG = "/* long.c: long. */\nint f(int a) {\n" + "  a++;\n" * 100 + "  return a;\n}\n"

# What to add to the clean tree, and the rule that must object.
VIOLATIONS = [
    ("layers", "src/base/up.c", '/* up.c: looks up. */\n#include "opt/opt.h"\n'),
    ("layers", "src/nowhere/a.c", "/* a.c: in no layer. */\nint a;\n"),
    ("internal", "src/opt/opt.c", '/* opt.c: peeks. */\n#include "base/base_internal.h"\n'),
    ("headers", "src/base/bad.h", "/* bad.h: needs another. */\nsize_t count(void);\n"),
    ("registry", "src/opt/rule/lost.c", "/* lost.c: no row. */\nint lost;\n"),
    ("banned", "src/base/b.c", '/* b.c: prints. */\nvoid b(char *x) { sprintf(x, "a"); }\n'),
    ("banned", "src/opt/b.c", "/* b.c: allocates. */\nvoid *b(void) { return malloc(4); }\n"),
    ("banned", "src/opt/b.c", "/* b.c: hides state. */\nstatic __thread int b;\n"),
    ("ifdef", "src/opt/b.c", "/* b.c: varies. */\n#ifdef __AVX2__\n#endif\n"),
    ("size", "src/opt/b.c", "/* b.c: big. */\n" + "\n" * 1000),
    ("head", "src/opt/b.c", "int b;\n"),
    ("head", "scripts/b", "#!/bin/sh\necho b\n"),
    ("words", "docs/b.md", "TO" "DO: write\n"),
    ("words", "docs/b.md", "see /ro" "ot/b\n"),
    ("readme", "src/plan/b.c", "/* b.c: lonely. */\nint b;\n"),
    ("functions", "src/opt/long.c", LONG),
]


class TidyTest(unittest.TestCase):
    def tidy(self, extra=(), *words):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**CLEAN, **dict(extra)}.items():
                file = pathlib.Path(folder) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
            done = subprocess.run([sys.executable, ROOT / "tools/tidy", "--root", folder, *words], stdout=subprocess.PIPE, text=True)
            return done.returncode, done.stdout

    def setUp(self):
        if not shutil.which("ctags"):
            self.skipTest("universal-ctags is missing")

    def test_clean_tree(self):
        status, output = self.tidy()
        self.assertEqual(0, status, output)
        self.assertIn(" passed, 0 failed", output)

    def test_each_violation_is_found_by_its_rule(self):
        for rule, path, text in VIOLATIONS:
            with self.subTest(rule=rule, text=text[:60]):
                status, output = self.tidy([(path, text)], "--rule", rule)
                self.assertEqual(1, status, output)
                self.assertIn(f"[{rule}]", output)

    def test_an_allowed_exception_passes_and_a_stale_one_is_named(self):
        allow = "banned src/opt/b.c malloc because the test says so\n"
        bad = ("src/opt/b.c", "/* b.c: allocates. */\nvoid *b(void) { return malloc(4); }\n")
        self.assertEqual(0, self.tidy([bad, ("tools/tidy-allow.txt", allow)])[0])
        self.assertIn("not needed any more", self.tidy([("tools/tidy-allow.txt", allow)])[1])

    def test_the_ratchet_holds_a_length_and_no_more(self):
        row = lambda lines: ("tools/tidy-ratchet.txt", f"src/opt/long.c f {lines}\n")
        long = ("src/opt/long.c", LONG)
        self.assertEqual(0, self.tidy([long, row(103)], "--rule", "functions")[0])
        self.assertEqual(1, self.tidy([long, row(102)], "--rule", "functions")[0])
        self.assertEqual(1, self.tidy([row(103)], "--rule", "functions")[0])


if __name__ == "__main__":
    unittest.main()
