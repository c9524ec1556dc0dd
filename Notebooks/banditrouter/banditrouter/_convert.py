"""Other systems' exports."""

from ._command import flags, run


def convert(kind, inputs, output, **options):
    """`bandit-router convert`: makes a decision log or an outcome table; returns what it says of it (counts, what was left out, notes).

    `inputs` is a path or a list of paths; `map` may be a dict of FIELD: PATH.
    """
    paths = [inputs] if not isinstance(inputs, (list, tuple)) else list(inputs)
    mapping = options.pop("map", None)
    if isinstance(mapping, dict):
        mapping = [f"{field}={path}" for field, path in mapping.items()]
    text, _ = run("convert", "--from", kind, *paths, output, *flags({"map": mapping, **options}))
    return text
