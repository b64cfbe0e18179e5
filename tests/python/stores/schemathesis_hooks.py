"""schemathesis_hooks: what schemathesis makes up gets past the store's door: real credentials, and often a real bucket, key and statement.

Only values that the description allows are replaced, so that what must be refused is still refused. Loaded by schemathesis itself
(SCHEMATHESIS_HOOKS), not by the tests' own Python. VONK_REAL is JSON: {field: [values]}.
"""
import json
import os
import random
import re

import schemathesis

REAL = json.loads(os.environ["VONK_REAL"])
ALWAYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
PATTERNS = {"bucket": r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", "key": r"[^/\\\x00-\x1f\x7f][^\\\x00-\x1f\x7f]*", "output_key": r"[^/\\\x00-\x1f\x7f][^\\\x00-\x1f\x7f]*",
            **{name: "[!-~]+" for name in ALWAYS}}
DRAW = random.Random(1)


def is_fine(name, value):
    parts = value if isinstance(value, list) and value else [value]
    pattern = PATTERNS.get("key" if name == "keys" else name, "(?s:.+)")
    dots = name in ("key", "keys", "output_key")
    return all(isinstance(part, str) and len(part) < 1000 and re.fullmatch(pattern, part) and not (dots and {".", ".."} & set(part.split("/"))) for part in parts)


@schemathesis.hook
def before_call(context, case, kwargs):  # pylint: disable=unused-argument
    if not isinstance(case.body, dict):
        return
    for name, values in REAL.items():
        if name not in case.body or not is_fine(name, case.body[name]) or (name not in ALWAYS and DRAW.random() < 0.25):
            continue
        if values:
            case.body[name] = DRAW.choice(values)
        else:
            del case.body[name]
