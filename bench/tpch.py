"""tpch.py: the 22 TPC-H queries, their order, and how two engines' answers are compared. Used by the programs of bench/."""
import decimal
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent / "tpch"
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")

# The columns each ORDER BY names, by position; rows equal in them may come in any order.
SORT_KEYS = {
    1: (0, 1), 2: (0, 2, 1, 3), 3: (1, 2), 4: (0,), 5: (1,), 6: (), 7: (0, 1, 2), 8: (0,), 9: (0, 1), 10: (2,), 11: (1,),
    12: (0,), 13: (1, 0), 14: (), 15: (0,), 16: (3, 0, 1, 2), 17: (), 18: (4, 3), 19: (), 20: (0,), 21: (1, 0), 22: (0,),
}


def queries(scale, wanted=None):
    """Number -> SQL, with the validation parameters; Q11's fraction depends on the scale."""
    found = {}
    for path in sorted(FOLDER.glob("q*.sql")):
        number = int(path.stem[1:])
        sql = path.read_text()
        if number == 11:
            fraction = decimal.Decimal("0.0001") / decimal.Decimal(str(scale))
            sql = re.sub(r"\b0\.0001\b", f"{fraction:f}", sql)
        if not wanted or number in wanted:
            found[number] = sql
    return found


def title(number):
    return re.match(r"-- TPC-H Q\d+: (.*)\.", (FOLDER / f"q{number:02d}.sql").read_text()).group(1)


def encode(value):
    """A value as JSON: decimals as a list of one text, dates as text."""
    if isinstance(value, decimal.Decimal):
        return [format(value, "f")]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.isoformat()


def is_number(value):
    return isinstance(value, (int, float, list)) and not isinstance(value, bool)


def scale_of(value):
    """Digits after the point of an encoded decimal, None for others."""
    return len(value[0].partition(".")[2]) if isinstance(value, list) else None


def values_equal(left, right, units):
    """Integers and decimals exactly; else to a relative 1e-9, or UNITS of the last digit an engine gives."""
    if not (is_number(left) and is_number(right)):
        return left == right and type(left) is type(right)
    a, b = (decimal.Decimal(v[0]) if isinstance(v, list) else decimal.Decimal(v) for v in (left, right))
    if a == b:
        return True
    scales = [scale_of(left), scale_of(right)]
    if not isinstance(left, float) and not isinstance(right, float) and scales[0] == scales[1]:
        return False
    allowed = max(abs(a), abs(b)) * decimal.Decimal("1e-9")
    coarse = [scale for scale in scales if scale is not None]
    if coarse:
        allowed = max(allowed, decimal.Decimal(str(units)) * decimal.Decimal(10) ** -min(coarse))
    return abs(a - b) <= allowed


def difference(number, expected, actual, units):
    """None when the rows are equal and in the order the query asks for, else a line that says what differs."""
    if len(expected) != len(actual):
        return f"{len(actual)} rows, expected {len(expected)}"
    keys = SORT_KEYS[number]
    rows_equal = lambda left, right: len(left) == len(right) and all(values_equal(a, b, units) for a, b in zip(left, right))
    start = 0
    while start < len(expected):
        end = start + 1
        while end < len(expected) and all(expected[end][key] == expected[start][key] for key in keys):
            end += 1
        group = actual[start:end]
        for row in expected[start:end]:
            match = next((index for index, other in enumerate(group) if rows_equal(row, other)), None)
            if match is None:
                return f"row {start + 1}: expected {row}, got {group[0]}"
            group.pop(match)
        start = end
    return None
