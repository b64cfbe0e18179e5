"""testfile.py: the .test files of tests/sql: reading, writing and comparing. Used by tests/run and tests/record.py.

A file is a head of comment lines and blocks separated by empty lines; one block is one statement:

    # recorded from Spark 4.2.1

    statement
    CREATE TEMP VIEW t AS SELECT 1 AS a

    query sorted approx
    SELECT a, 'x' AS b FROM t
    ----
    struct<a:int,b:string>
    1	x

    error DIVIDE_BY_ZERO 22012 at 1:8
    SELECT 1/0

`statement` must succeed, its answer does not matter. `query` compares the schema and the rows as the SQL shell prints
them: `sorted` in any order, `approx` numbers to a relative 1e-9. `error` compares condition and SQLSTATE, and line:column
(both from 1) when the block says where. A line feed inside a value is written \\n, a carriage return \\r, an empty row
(empty). A block may start with comment lines. ${data} is tests/data, ${scratch} a folder of the file's own, ${warehouse}
that of the tables, ${shared} the public data sets beside the repository. What DESCRIBE says of times, owners and sizes is
left out of the comparison.
A line `# not in MODE: why` in the head keeps a file out of a mode of tests/run.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
EMPTY_ROW = "(empty)"


class FormatError(Exception):
    pass


class Block:
    """One statement with the answer it must give."""

    def __init__(self, kind, sql, flags=(), line=0, comments=()):
        self.kind, self.sql, self.flags, self.line, self.comments = kind, sql, list(flags), line, list(comments)
        self.schema, self.rows = None, None
        self.condition = self.sqlstate = self.place = None

    def text(self):
        """The block as it stands in a file."""
        head = self.kind
        if self.kind == "error":
            head = " ".join(["error", self.condition, self.sqlstate] + (["at " + self.place] if self.place else []))
        elif self.flags:
            head += " " + " ".join(self.flags)
        lines = self.comments + [head, self.sql]
        if self.kind == "query" and self.schema is not None:
            lines += ["----", self.schema] + [row if row else EMPTY_ROW for row in self.rows]
        return "\n".join(lines) + "\n"


def parse(text):
    """(head comment lines, blocks)."""
    head, blocks = [], []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        start, comments = at, []
        while at < len(lines) and lines[at].startswith("#"):
            comments.append(lines[at])
            at += 1
        if at == len(lines) or not lines[at].strip():
            if blocks:
                raise FormatError(f"line {start + 1}: a comment belongs to the head or directly above a block")
            head += comments
            continue
        end = at
        while end < len(lines) and lines[end]:
            end += 1
        blocks.append(parse_block(lines[at:end], at + 1, comments))
        at = end
    return head, blocks


def parse_block(lines, number, comments):
    words = lines[0].split()
    body = lines[1:]
    block = Block(words[0], "", words[1:] if words[0] == "query" else (), number, comments)
    if block.kind == "query":
        for flag in block.flags:
            if flag not in ("sorted", "approx"):
                raise FormatError(f"line {number}: unknown flag {flag}")
        if "----" in body:
            cut = body.index("----")
            if cut + 1 == len(body):
                raise FormatError(f"line {number}: no schema below ----")
            block.schema = body[cut + 1]
            block.rows = ["" if row == EMPTY_ROW else row for row in body[cut + 2:]]
            body = body[:cut]
    elif block.kind == "error":
        # A bare `error` waits for its recording.
        match = re.fullmatch(r"error(?: (\S+) (\S+)(?: at (\d+:\d+))?)?", lines[0])
        if not match:
            raise FormatError(f"line {number}: error CONDITION SQLSTATE [at LINE:COLUMN]")
        block.condition, block.sqlstate, block.place = match.groups()
    elif block.kind != "statement" or len(words) > 1:
        raise FormatError(f"line {number}: {lines[0]!r} is neither statement, query nor error")
    block.sql = "\n".join(body)
    if not block.sql.strip():
        raise FormatError(f"line {number}: no SQL")
    return block


def recorded(block):
    return (block.kind == "statement" or block.kind == "query" and block.schema is not None or
            block.kind == "error" and block.condition is not None)


def modes_left_out(head):
    """Those that `# not in MODE: why` names."""
    return re.findall(r"^# not in (\w+): \S", "\n".join(head), re.M)


def file_text(head, blocks):
    return "\n".join(["\n".join(head) + "\n"] + [block.text() for block in blocks])


class Places:
    """What ${data}, ${scratch}, ${warehouse} and ${shared} stand for."""

    def __init__(self, scratch, warehouse):
        folders = {"data": ROOT / "tests" / "data", "scratch": scratch, "warehouse": warehouse}
        if SHARED.is_dir():
            folders["shared"] = SHARED
        self.folders = {"${%s}" % name: str(folder) for name, folder in folders.items()}

    def fill(self, text):
        for name, folder in self.folders.items():
            text = text.replace(name, folder)
        return text

    def blank(self, text):
        for name, folder in sorted(self.folders.items(), key=lambda pair: -len(pair[1])):
            text = text.replace(folder, name)
        return text


# What differs from run to run and from engine to engine in DESCRIBE EXTENDED and in SHOW TABLE EXTENDED.
VARIES = "Created Time|Last Access|Created By|Owner|Statistics|Partition Statistics"
VARYING_CELL = re.compile(rf"^({VARIES})( *\t)[^\t]*")
VARYING_LINE = re.compile(rf"((?:^|\t|\\n)(?:{VARIES}): ).*?(?=\\n)")


def steady(row):
    """ROW without what varies."""
    return VARYING_LINE.sub(r"\1...", VARYING_CELL.sub(r"\1\2...", row))


def one_line(row):
    return row.replace("\n", "\\n").replace("\r", "\\r")


NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:E-?\d+)?")


def rows_equal(expected, actual, approx):
    if expected == actual:
        return True
    if not approx or NUMBER.sub("0", expected) != NUMBER.sub("0", actual):
        return False
    pairs = zip(NUMBER.findall(expected), NUMBER.findall(actual))
    return all(a == b or abs(float(a) - float(b)) <= 1e-9 * max(abs(float(a)), abs(float(b))) for a, b in pairs)


def difference(block, answer):
    """None when ANSWER (an Answer) is what BLOCK expects, else lines that say what differs."""
    if answer is None:
        return ["no answer: the process ended before"]
    if block.kind == "error":
        if answer.condition is None:
            return [f"expected error {block.condition} {block.sqlstate}", f"got {answer.schema} and {len(answer.rows)} rows"]
        if (answer.condition, answer.sqlstate) != (block.condition, block.sqlstate):
            return [f"expected error {block.condition} {block.sqlstate}", f"got      error {answer.error_text()}"]
        if block.place and answer.place != block.place:
            return [f"expected {block.condition} at {block.place}", f"got      at {answer.place}: {answer.message}"]
        return None
    if answer.condition is not None:
        return ["unexpected error " + answer.error_text()]
    if block.kind == "statement":
        return None
    if block.schema != answer.schema:
        return ["expected schema " + block.schema, "got      schema " + str(answer.schema)]
    expected, actual = list(block.rows), list(answer.rows)
    if "sorted" in block.flags:
        expected, actual = sorted(expected), sorted(actual)
    if len(expected) == len(actual) and all(rows_equal(e, a, "approx" in block.flags) for e, a in zip(expected, actual)):
        return None
    return row_difference(expected, actual)


def row_difference(expected, actual, shown=12):
    lines = [f"expected {len(expected)} rows, got {len(actual)}"]
    differing = 0
    for index in range(max(len(expected), len(actual))):
        left = expected[index] if index < len(expected) else None
        right = actual[index] if index < len(actual) else None
        if left == right:
            continue
        differing += 1
        if differing > shown:
            lines.append("...")
            break
        lines += ([f"-{left}"] if left is not None else []) + ([f"+{right}"] if right is not None else [])
    return lines


class Answer:
    """What an engine said to one statement."""

    def __init__(self, schema=None, rows=(), condition=None, sqlstate=None, place=None, message=""):
        self.schema, self.rows = schema, list(rows)
        self.condition, self.sqlstate, self.place, self.message = condition, sqlstate, place, message

    def error_text(self):
        return f"{self.condition} {self.sqlstate} at {self.place}: {self.message}"


def parse_answers(output):
    """The answers in what `vonk sql --format test` printed.

    Per statement: `#schema SCHEMA` and the rows, or `#error CONDITION SQLSTATE LINE:COLUMN MESSAGE` (`-` for a place that is
    not known), then `#end`. Inside a row a line feed is \\n, a carriage return \\r, and a `#` at its start has a \\ before it.
    """
    answers, answer = [], Answer()
    for line in output.split("\n"):
        if line == "#end":
            answers.append(answer)
            answer = Answer()
        elif line.startswith("#schema "):
            answer.schema = line[len("#schema "):]
        elif line.startswith("#error "):
            words = (line.split(" ", 4) + ["", "", "", ""])[:5]
            answer.condition, answer.sqlstate, answer.place, answer.message = words[1:]
            answer.place = None if answer.place == "-" else answer.place
        else:
            answer.rows.append(steady(line[1:] if line.startswith("\\#") else line))
    return answers
