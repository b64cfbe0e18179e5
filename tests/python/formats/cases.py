"""cases.py: files of text and how they are read; tables and how they are written. formats_test compares them with Spark.

A reading case is (format, text or bytes or {name: text}, options, schema or None); a writing case (format, SELECT, options to write
with, options to read with, schema or None).
"""
import bz2
import gzip
import itertools
import zlib

BOM = b"\xef\xbb\xbf"

# --- CSV ---

PLAIN = "a,b,c\n1,x,2.5\n2,y,\n,z,-1e3\n"
QUOTED = 'a,b,c\n1,"x, y",2\n2,"say ""hi""",3\n3,"back\\"slash",4\n4,"",5\n5,,6\n6," pad ",7\n7,a"b,8\n8,"two\nlines",9\n'
BLANKS = "a , b, c \n 1 , x ,  \n\t2\t,\ty\t,z\n\n  ,  ,\n"
RAGGED = "a,b,c\n1,2,3\n1,2\n1,2,3,4\n1\n\n,,\n"
TYPES = ("i,l,d,b,dt,ts,s\n1,3000000000,1.5,true,2024-01-02,2024-01-02 03:04:05,x\n2,4,2,FALSE,2024-12-31,2024-12-31T23:59:59.123456,1\n"
         ",,,,,,\n3,5,NaN,false,2024-02-29,2024-02-29 00:00:00,y\n")
BAD = "i,d,dt,b\n1,1.5,2024-01-02,true\nx,2.5,2024-01-03,false\n3,y,2024-13-01,true\n4,4.5,2024-01-05,maybe\n5\n"
CSV_TYPED = "i INT, l BIGINT, d DOUBLE, b BOOLEAN, dt DATE, ts TIMESTAMP, s STRING"
BAD_TYPED = "i INT, d DOUBLE, dt DATE, b BOOLEAN"
NUMBERS = "v\n1\n-2\n+3\n 4\n5 \n0x10\n1_000\n1e5\n1.0\n.5\n5.\nInfinity\n-Infinity\nNaN\n1d\n1f\n9223372036854775808\n1,2\n"
DATES = "v\n2024-01-02\n2024-1-2\n02.01.2024\n2024/01/02\n20240102\n2024-01-02T03:04:05\n2024-01-02 03:04:05.5\n2024-01-02T03:04:05Z\n2024-01-02T03:04:05+02:00\n12:30:00\nepoch\n1700000000\n2024\n2024-01\n"


def csv_cases():
    for text in (PLAIN, QUOTED, BLANKS, RAGGED, TYPES, NUMBERS, DATES):
        for options in ({}, {"header": "true"}, {"header": "true", "inferSchema": "true"}, {"inferSchema": "true"}):
            yield "csv", text, options, None
    for key, values in {
            "quote": ["'", "", "|"], "escape": ['"', "'", "\\", "|"], "sep": [";", "\t", "|", "||", ", "], "delimiter": ["\\t", ";"],
            "multiLine": ["true"], "ignoreLeadingWhiteSpace": ["true", "false"], "ignoreTrailingWhiteSpace": ["true", "false"],
            "nullValue": ["", "x", "NULL", "1"], "emptyValue": ["EMPTY", ""], "comment": ["2", "#"], "unescapedQuoteHandling":
            ["STOP_AT_CLOSING_QUOTE", "BACK_TO_DELIMITER", "STOP_AT_DELIMITER", "SKIP_VALUE", "RAISE_ERROR"], "charToEscapeQuoteEscaping": ["\\", "\0"],
            "maxColumns": ["2", "3"], "maxCharsPerColumn": ["3", "-1"], "lineSep": ["\n", ";"], "enforceSchema": ["true", "false"], "header": ["FALSE", "maybe"],
            "mode": ["PERMISSIVE", "DROPMALFORMED", "FAILFAST", "nonsense"], "samplingRatio": ["0.5", "1.0", "2"], "encoding": ["UTF-8", "ISO-8859-1", "nope"],
            "inputBufferSize": ["128"], "nanValue": ["x"], "positiveInf": ["x"], "locale": ["de-DE", "en-US"], "dateFormat": ["yyyy"], "quoteAll": ["true"],
            "columnNameOfCorruptRecord": ["_c"], "wholeFile": ["true"]}.items():
        for value in values:
            for text in (PLAIN, QUOTED, BLANKS, RAGGED):
                yield "csv", text, {"header": "true", key: value}, None
            yield "csv", QUOTED, {"header": "true", "multiLine": "true", key: value}, "a INT, b STRING, c INT"
            yield "csv", BAD, {"header": "true", key: value}, BAD_TYPED
    for mode in ("PERMISSIVE", "DROPMALFORMED", "FAILFAST"):
        for text in (BAD, RAGGED, TYPES):
            typed = {BAD: BAD_TYPED, RAGGED: "a INT, b INT, c INT", TYPES: CSV_TYPED}[text]
            for columns in (typed, typed + ", _corrupt_record STRING", "_corrupt_record STRING, " + typed, typed + ", extra INT", typed.split(", ", 1)[0]):
                yield "csv", text, {"header": "true", "mode": mode}, columns
                yield "csv", text, {"header": "true", "mode": mode, "enforceSchema": "false"}, columns
                yield "csv", text, {"header": "true", "mode": mode, "multiLine": "true", "columnNameOfCorruptRecord": "_corrupt_record"}, columns
    for kind in ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10,2)", "DECIMAL(38,18)", "BOOLEAN", "STRING", "BINARY", "DATE", "TIMESTAMP",
                 "TIMESTAMP_NTZ", "INTERVAL DAY TO SECOND", "INTERVAL YEAR TO MONTH", "ARRAY<INT>", "VARCHAR(3)", "CHAR(5)", "VOID", "TIME"):
        for text in (NUMBERS, DATES):
            yield "csv", text, {"header": "true"}, f"v {kind}"
            yield "csv", text, {"header": "true", "locale": "de-DE", "ignoreLeadingWhiteSpace": "true"}, f"v {kind}"
    for pattern, kind in itertools.product(("yyyy-MM-dd", "dd.MM.yyyy", "yyyy/MM/dd", "yyyyMMdd", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-M-d", "bogus"), ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ")):
        for key in ("dateFormat", "timestampFormat", "timestampNTZFormat"):
            yield "csv", DATES, {"header": "true", key: pattern}, f"v {kind}"
        yield "csv", DATES, {"header": "true", "inferSchema": "true", "dateFormat": pattern}, None
        yield "csv", DATES, {"header": "true", "inferSchema": "true", "timestampFormat": pattern}, None
        yield "csv", DATES, {"header": "true", "inferSchema": "true", "timestampFormat": pattern, "preferDate": "false"}, None
    for value in ("true", "false"):
        yield "csv", DATES, {"header": "true", "timeZone": "Asia/Tokyo", "enableDateTimeParsingFallback": value}, "v TIMESTAMP"
        yield "csv", "v\n2024-01-02\n2024-03-04\n", {"header": "true", "inferSchema": "true", "preferDate": value}, None
        yield "csv", "v\n2024-01-02\n2024-03-04 01:02:03\n", {"header": "true", "inferSchema": "true", "preferDate": value}, None
    for column in (["1", "2"], ["1", "x"], ["1", "2.5"], ["1", "3000000000"], ["1", "99999999999999999999"], ["1.5", "99999999999999999999"], ["true", "FALSE"], ["true", "1"], ["", ""],
                   ["2024-01-02", ""], ["2024-01-02 01:02:03", "2024-01-02T01:02:03Z"], ["2024-01-02", "1"], ["NaN", "1"], ["Inf", "1"], ["-Inf", "1.5"], ["1e400", "1"], ["0x1", "1"], [" 1", "2 "],
                   ["1d", "2"], ["01", "2"], ["-0", "0"], ["1.", ".5"], ["12345678901234567890.12", "1"], ["null", "1"]):
        text = "v,w\n" + "".join(f"{value},-\n" for value in column)
        yield "csv", text, {"header": "true", "inferSchema": "true"}, None
        yield "csv", text, {"header": "true", "inferSchema": "true", "prefersDecimal": "true", "nullValue": "null"}, None
    for data in (BOM + PLAIN.encode(), PLAIN.replace("\n", "\r\n").encode(), PLAIN.replace("\n", "\r").encode(), b"", b"\n", b"\n\n", b"a", b"a,b", b",", b'"', b'a,"b', b'"a\nb",c\n1,2\n',
                 "ä,ö\n1,é\n".encode("latin-1"), "ä,ö\n1,é\n".encode("utf-16"), b"a,a,A\n1,2,3\n", b"a,,c\n1,2,3\n", b"a b,c;d\n1,2\n", b"a\x00b,c\n1,2\n", b"a,b\n\xff\xfe,1\n"):
        for options in ({"header": "true"}, {}, {"header": "true", "multiLine": "true"}, {"header": "true", "inferSchema": "true", "encoding": "ISO-8859-1"}, {"header": "true", "encoding": "UTF-16", "multiLine": "true"}):
            yield "csv", data, options, None
    many = {"x.csv": PLAIN, "y.csv": "a,b,c\n9,q,1\n", "z.csv": "c,b,a\n7,w,8\n"}
    for options in ({}, {"enforceSchema": "false"}, {"mergeSchema": "true"}, {"inferSchema": "true"}, {"enforceSchema": "false", "mode": "FAILFAST"}):
        yield "csv", many, {"header": "true", **options}, None
        yield "csv", many, {"header": "true", **options}, "a STRING, b STRING, c STRING"
        yield "csv", many, {"header": "true", **options}, "A STRING, B STRING"
    for name, pack in (("p.csv.gz", gzip.compress), ("p.csv.bz2", bz2.compress), ("p.csv.deflate", zlib.compress)):
        yield "csv", {name: pack(PLAIN.encode())}, {"header": "true"}, None
        yield "csv", {name: b"broken"}, {"header": "true"}, "a STRING"
        yield "csv", {name: b"broken"}, {"header": "true", "ignoreCorruptFiles": "true"}, "a STRING"


# --- JSON ---

ROWS = '{"a":1,"b":"x","c":2.5}\n{"a":2,"c":null}\n{"b":"y","d":[1,2]}\n\n{"e":{"f":1}}\n'
LOOSE = "{'a':1}\n{a:2}\n{\"a\":+3}\n{\"a\":04}\n{\"a\":NaN}\n{\"a\":\"x\\'y\"}\n// note\n{\"a\":/* c */5}\n{\"a\":\"t\tab\"}\n{\"a\":.5}\n{\"a\":5.}\n{\"a\":-Infinity}\n"
MIXED = '{"v":1}\n{"v":"s"}\n{"v":2.5}\n{"v":true}\n{"v":null}\n{"v":[1]}\n{"v":{"x":1}}\n{"v":12345678901234567890}\n{"v":1e400}\n{"v":"2024-01-02"}\n'
BROKEN = '{"a":1,"b":2}\n{"a":"x","b":3}\n{"a":4\n[1,2]\n"text"\n5\n{"a":6,"b":"y"} trailing\n{"a":7}{"a":8}\n{"a":9,"a":10}\nnull\n{}\n'
TEMPORAL = '{"v":"2024-01-02"}\n{"v":"2024-1-2"}\n{"v":"02.01.2024"}\n{"v":"2024-01-02T03:04:05"}\n{"v":"2024-01-02T03:04:05.123456Z"}\n{"v":"2024-01-02 03:04:05+02:00"}\n{"v":1700000000}\n{"v":1.5}\n{"v":"03:04:05"}\n{"v":""}\n'
PRETTY = '[\n {"a": 1,\n  "b": "x"},\n {"a": 2}\n]\n'
NESTED = '{"s":{"x":1,"y":"a"},"l":[1,null,"3"],"m":{"k":1,"j":"z"},"ll":[[1],[]],"ls":[{"p":1},{"q":2}]}\n{"s":[1],"l":{"a":1},"m":[1],"ll":5,"ls":null}\n{"s":null,"l":[],"m":{},"ll":[null],"ls":[null]}\n'


def json_cases():
    texts = (ROWS, LOOSE, MIXED, BROKEN, TEMPORAL, PRETTY, NESTED)
    for text in texts:
        for options in ({}, {"multiLine": "true"}, {"primitivesAsString": "true"}, {"prefersDecimal": "true"}, {"dropFieldIfAllNull": "true"}, {"samplingRatio": "1.0"}, {"inferTimestamp": "true"}):
            yield "json", text, options, None
    flags = ("allowComments", "allowUnquotedFieldNames", "allowSingleQuotes", "allowNumericLeadingZeros", "allowBackslashEscapingAnyCharacter", "allowUnquotedControlChars",
             "allowNonNumericNumbers", "useUnsafeRow", "ignoreNullFields", "enableDateTimeParsingFallback")
    for flag, value in itertools.product(flags, ("true", "false", "maybe")):
        yield "json", LOOSE, {flag: value}, None
        for kind in ("DOUBLE", "STRING", "INT"):
            yield "json", LOOSE, {flag: value}, f"a {kind}, _corrupt_record STRING"
    for mode in ("PERMISSIVE", "DROPMALFORMED", "FAILFAST", "nonsense"):
        for text in texts:
            yield "json", text, {"mode": mode}, None
        for columns in ("a INT, b INT", "a INT, b INT, _corrupt_record STRING", "b INT, _corrupt_record STRING, a STRING", "a STRING", "_corrupt_record STRING", "A INT, B STRING"):
            yield "json", BROKEN, {"mode": mode}, columns
            yield "json", BROKEN, {"mode": mode, "multiLine": "true"}, columns
            yield "json", BROKEN, {"mode": mode, "columnNameOfCorruptRecord": "b"}, columns
    kinds = ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10,2)", "DECIMAL(38,18)", "BOOLEAN", "STRING", "BINARY", "DATE", "TIMESTAMP", "TIMESTAMP_NTZ",
             "INTERVAL DAY TO SECOND", "INTERVAL YEAR TO MONTH", "ARRAY<INT>", "ARRAY<STRING>", "MAP<STRING, INT>", "STRUCT<x: INT>", "VARIANT", "VARCHAR(3)", "VOID", "TIME")
    for kind, text in itertools.product(kinds, (MIXED, TEMPORAL)):
        yield "json", text, {}, f"v {kind}"
        yield "json", text, {}, f"v {kind}, _corrupt_record STRING"
        yield "json", text, {"mode": "FAILFAST"}, f"v {kind}"
    for columns in ("s STRUCT<x: STRING, z: INT>, l ARRAY<STRING>, m MAP<STRING, STRING>", "s STRING, l STRING, m STRING, ll STRING, ls STRING", "ll ARRAY<ARRAY<INT>>, ls ARRAY<STRUCT<p: INT, q: INT>>",
                    "s STRUCT<y: STRING>, _corrupt_record STRING", "l ARRAY<INT>, m MAP<STRING, INT>, _corrupt_record STRING"):
        yield "json", NESTED, {}, columns
        yield "json", NESTED, {"mode": "DROPMALFORMED"}, columns
    for pattern, kind in itertools.product(("yyyy-MM-dd", "dd.MM.yyyy", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-M-d", "bogus"), ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ")):
        for key in ("dateFormat", "timestampFormat", "timestampNTZFormat"):
            yield "json", TEMPORAL, {key: pattern}, f"v {kind}"
        yield "json", TEMPORAL, {"inferTimestamp": "true", "timestampFormat": pattern}, None
    for options in ({"lineSep": ";"}, {"lineSep": "\r\n"}, {"lineSep": ""}, {"encoding": "UTF-16"}, {"encoding": "UTF-16", "multiLine": "true"}, {"encoding": "nope"}, {"charset": "ISO-8859-1"},
                    {"encoding": "UTF-16LE", "lineSep": "\n"}, {"samplingRatio": "0"}, {"samplingRatio": "x"}, {"locale": "de-DE"}, {"timeZone": "Asia/Tokyo"}, {"maxNestingDepth": "1"}, {"maxStringLen": "1"},
                    {"singleVariantColumn": "v"}):
        yield "json", ROWS, options, None
        yield "json", ROWS, options, "a INT, b STRING"
    for data in (BOM + ROWS.encode(), ROWS.replace("\n", "\r\n").encode(), ROWS.replace("\n", "\r").encode(), b"", b"\n", b"[]", b"[1]", b"{}", b'{"a":"\xff"}', '{"ä":"é"}'.encode("latin-1"), ROWS.encode("utf-16"),
                 ROWS.encode("utf-16-le"), b'{"a":"\\u00e9\\ud83d\\ude00"}', b'{"a":"\\ud83d"}', b'[{"a":1},{"a":2}]\n{"a":3}', b'{"a.b":1,"":2}', b'{"a":1,"A":2}'):
        for options in ({}, {"multiLine": "true"}):
            yield "json", data, options, None
            yield "json", data, options, "a STRING"
    for name, pack in (("p.json.gz", gzip.compress), ("p.json.bz2", bz2.compress), ("p.json.deflate", zlib.compress)):
        yield "json", {name: pack(ROWS.encode())}, {}, None
        yield "json", {name: b"broken"}, {"ignoreCorruptFiles": "true"}, "a STRING"


# --- text, and what all formats share ---

def text_cases():
    for data in (b"one\ntwo\n\nthree", b"one\r\ntwo\rthree", b"", b"\n", BOM + b"x", b"\xff\xfe\n"):
        for options in ({}, {"wholetext": "true"}, {"lineSep": "t"}, {"lineSep": "ee"}, {"lineSep": ""}, {"encoding": "UTF-16"}, {"wholeText": "yes"}):
            yield "text", data, options, None
        yield "text", data, {}, "v INT"
        yield "text", data, {}, "a STRING, b STRING"
        yield "text", data, {}, "line STRING"


def folder_cases():
    tree = {"a.csv": "1\n", "b.txt": "2\n", "_hidden": "3\n", ".dot": "4\n", "sub/c.csv": "5\n", "p=1/d.csv": "6\n"}
    flat = {"a.csv": "1\n", "b.txt": "2\n", "_hidden": "3\n", ".dot": "4\n"}
    split = {"p=1/d.csv": "6\n", "p=2/e.csv": "7\n", "p=x%20y/f.csv": "8\n"}
    for options in ({}, {"pathGlobFilter": "*.csv"}, {"pathGlobFilter": "nothing"}, {"recursiveFileLookup": "true"}, {"recursiveFileLookup": "true", "pathGlobFilter": "*.csv"}, {"modifiedBefore": "2000-01-01T00:00:00"},
                    {"modifiedAfter": "2000-01-01T00:00:00"}, {"modifiedAfter": "2000-01-01"}, {"modifiedBefore": "bogus"}, {"modifiedAfter": "2000-01-01T00:00:00", "modifiedBefore": "2100-01-01T00:00:00"},
                    {"modifiedAfter": "2000-01-01T00:00:00", "timeZone": "CET"}, {"ignoreMissingFiles": "true"}):
        for files, name in itertools.product((tree, flat, split), ("csv", "json", "text", "binaryFile")):
            if name == "binaryFile":
                continue
            yield name, files, options, None
            yield name, files, options, "v STRING" if name != "text" else "value STRING"


def reading():
    for cases in (csv_cases, json_cases, text_cases, folder_cases):
        yield from cases()


# --- tables that are written ---

VALUES = ("id", "cast(if(id = 1, null, id - 3) as tinyint) i8", "cast(id * 1000 as smallint) i16", "cast(-id as int) i32", "id * 3000000000 i64", "cast(id / 4 as float) f", "id / 8D d",
          "cast(id * 1.25 as decimal(10,2)) dec", "cast(id as decimal(38,10)) wide", "id % 2 = 0 b", "date_add(date'1965-12-30', cast(id as int)) dt",
          "timestamp_micros(id * 86400123456 - 50000000000) ts", "cast(timestamp_micros(id * 1234567) as timestamp_ntz) ntz")
TEXTS = ("if(id = 2, null, concat('a', id)) s", "case id when 0 then '' when 1 then ' lead' when 2 then 'trail ' when 3 then 'q\"uote' when 4 then 'back\\\\slash' when 5 then 'com,ma' when 6 then 'line\\nfeed' "
         "when 7 then 'ret\\rurn' when 8 then 'tab\\t' when 9 then '\"' when 10 then '\\\\' when 11 then '\\\\\"' when 12 then 'é😀' when 13 then '#x' else \"it's\" end t")
NESTED_VALUES = ("array(id, null) a", "if(id = 1, null, array()) e", "map('k', id, 'n', null) m", "named_struct('x', id, 'y', named_struct('z', array(concat('s', id)))) st", "array(map('p', array(1.5D))) deep")
SPECIAL = ("case id % 5 when 0 then double('NaN') when 1 then double('Infinity') when 2 then double('-Infinity') when 3 then -0.0D else null end d", "float('NaN') f")


def select(*groups):
    return "SELECT " + ", ".join(column for group in groups for column in group) + " FROM range(0, 15, 1, 1)"


CSV_SCHEMA = ("id BIGINT, i8 TINYINT, i16 SMALLINT, i32 INT, i64 BIGINT, f FLOAT, d DOUBLE, dec DECIMAL(10,2), wide DECIMAL(38,10), b BOOLEAN, dt DATE, ts TIMESTAMP, ntz TIMESTAMP_NTZ")


def writing():
    flat = select(VALUES)
    texts = select(("id",), TEXTS)
    codecs = ("none", "gzip", "bzip2", "deflate", "snappy", "lz4", "zstd")
    for codec in codecs:
        yield "csv", flat, {"compression": codec}, {}, CSV_SCHEMA
        yield "json", select(VALUES, NESTED_VALUES), {"compression": codec}, {}, None
        yield "text", "SELECT t FROM (" + texts + ")", {"compression": codec}, {}, None
    for codec in ("none", "snappy", "gzip", "zstd", "lz4", "lz4_raw", "brotli"):
        if codec != "brotli":  # Spark has no brotli of its own
            yield "parquet", select(VALUES, TEXTS, NESTED_VALUES), {"compression": codec}, {}, None
    for options in ({}, {"header": "true"}, {"quoteAll": "true"}, {"sep": ";"}, {"sep": "||"}, {"quote": "'"}, {"escape": '"'}, {"escapeQuotes": "false"}, {"nullValue": "NULL"}, {"emptyValue": "EMPTY"},
                    {"lineSep": ";"}, {"lineSep": "\r\n"}, {"ignoreLeadingWhiteSpace": "false", "ignoreTrailingWhiteSpace": "false"}, {"charToEscapeQuoteEscaping": "#"}, {"header": "true", "quote": ""},
                    {"encoding": "UTF-16LE"}, {"encoding": "ISO-8859-1"}, {"comment": "#"}):
        yield "csv", texts, options, {**options, "multiLine": "true"} if "lineSep" not in options else options, "id BIGINT, s STRING, t STRING"
    for options in ({"dateFormat": "dd.MM.yyyy"}, {"timestampFormat": "yyyy/MM/dd HH:mm:ss.SSSSSS"}, {"timestampNTZFormat": "dd.MM.yyyy HH.mm.ss.SSSSSS"}, {"timeZone": "Asia/Tokyo"}):
        yield "csv", flat, options, options, CSV_SCHEMA
        yield "json", flat, options, options, CSV_SCHEMA
    for options in ({}, {"ignoreNullFields": "false"}, {"lineSep": ";"}, {"encoding": "UTF-16LE", "lineSep": "\n"}, {"pretty": "true", "multiLine": "true"}, {"writeNonAsciiCharacterAsCodePoint": "true"}):
        yield "json", select(("id",), TEXTS, NESTED_VALUES, SPECIAL), options, options, None
    yield "csv", select(("id",), SPECIAL), {}, {}, "id BIGINT, d DOUBLE, f FLOAT"
    yield "parquet", select(("id",), SPECIAL), {}, {}, None


# --- what is known to differ still ---

UNSUPPORTED = {  # options whose values are refused with UNSUPPORTED_FEATURE
    "unescapedQuoteHandling": ("BACK_TO_DELIMITER",), "locale": ("de-DE",), "singleVariantColumn": ("v",),
}
PATTERN_OPTIONS = ("dateFormat", "timestampFormat", "timestampNTZFormat")


def is_text(data):
    """UTF-8 without anything odd in it."""
    try:
        return isinstance(data, (str, dict)) or "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


def is_open(form, data, options, columns):
    """Reasons in the order of the lines below."""
    return any((
        any(options.get(key) in values for key, values in UNSUPPORTED.items()),
        any(options.get(key) == "bogus" for key in PATTERN_OPTIONS),  # a pattern that newer formatters refuse falls back to older ones on Spark
        options.get("lineSep") == ";" and form == "csv",  # the header goes over line feeds there
        not is_text(data),  # JSON guesses encodings and refuses what is no UTF-8; names of columns are mended; NUL in names
        form != "text" and columns is None and data in (b"", b"\n", b"\n\n", b"[]", b"{}"),  # SELECT * over no columns
        isinstance(data, dict) and options.keys() & {"pathGlobFilter", "modifiedBefore"},  # folders of files that are all filtered away still count
        "maxColumns" in options and "multiLine" in options, options.keys() & {"maxNestingDepth", "maxStringLen", "useUnsafeRow"},
        form == "csv" and columns in ("v VARCHAR(3)", "v CHAR(5)"),  # what is too long is an error there
        "prefersDecimal" in options and data == MIXED,  # an exponent beyond what decimals hold
        options.get("ignoreTrailingWhiteSpace") == "true" and data == BLANKS,
        isinstance(data, dict) and data.get("p.csv.bz2") == b"broken",
        data[:3] == BOM and "encoding" in options if isinstance(data, bytes) else False,
        options.get("samplingRatio") == "0",
    ))


def is_open_writing(form, query, options, read_options, columns):  # pylint: disable=unused-argument
    """Encodings other than UTF-8, zstd without Hadoop's library, a quote that is none, \\r\\n in values."""
    return options.get("encoding", "UTF-8") != "UTF-8" or options.get("compression") == "zstd" or options.get("quote") == "" or options.get("lineSep") == "\r\n"
