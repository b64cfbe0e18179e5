"""shell_start_test: vonk without a statement: version, help, wrong usage, exit codes."""
import os
import subprocess
import unittest

VONK = os.environ.get("VONK", "build/release/vonk")


def vonk(*words, stdin=""):
    return subprocess.run([VONK, *words], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)


class Start(unittest.TestCase):
    def test_version(self):
        for word in ("--version", "version"):
            done = vonk(word)
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout, r"^vonk \d+\.\d+\.\d+\n$")

    def test_help_names_every_flag(self):
        self.assertIn("vonk sql", vonk("--help").stdout)
        text = vonk("sql", "--help").stdout
        for flag in ("-e", "-f", "-i", "-S", "-v", "-H", "--database", "--define", "--hivevar", "--hiveconf", "--conf",
                     "--properties-file", "--master", "--driver-memory", "--name", "--format"):
            self.assertIn(flag, text)

    def test_no_command_is_usage(self):
        done = vonk()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("usage", done.stderr)

    def test_wrong_usage(self):
        for words in (["nothing"], ["sql", "--nothing"], ["sql", "-e"], ["sql", "SELECT 1"], ["sql", "--conf", "x"],
                      ["sql", "--format", "xml", "-e", "SELECT 1"], ["sql", "--silent=1"]):
            done = vonk(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertTrue(done.stderr.startswith("vonk"), words)

    def test_nothing_to_run(self):
        for stdin in ("", " ;; -- nothing\n ; /* a */"):
            done = vonk("sql", stdin=stdin)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_wrong_settings(self):
        done = vonk("sql", "--driver-memory", "lots", "-e", "SELECT 1")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("[INVALID_CONF_VALUE.TYPE_MISMATCH]", done.stderr)
        done = vonk("sql", "--master", "yarn", "-e", "SELECT 1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("spark.master", done.stderr)

    def test_missing_file(self):
        done = vonk("sql", "-f", "/nowhere/at/all.sql")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere/at/all.sql", done.stderr)

    def test_doctor_limits(self):
        done = vonk("doctor", "--driver-memory", "512m", "--master", "local[3]")
        self.assertRegex(done.stdout, r"memory limit +512 MiB")
        self.assertRegex(done.stdout, r"worker threads +3 of")


if __name__ == "__main__":
    unittest.main()
