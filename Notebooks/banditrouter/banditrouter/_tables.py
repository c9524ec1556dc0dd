"""DataFrames as files the command reads."""

import json
import os
import pathlib

import pandas as pd


def is_path(value):
    return isinstance(value, (str, os.PathLike))


def write_log(frame, folder):
    """A decision log of a DataFrame whose columns are the log's fields; an index is used where there is no decision_id."""
    path = pathlib.Path(folder) / "log.jsonl"
    rows = frame.to_dict(orient="records")
    with open(path, "w", encoding="utf-8") as file:
        for index, row in zip(frame.index, rows):
            row.setdefault("decision_id", str(index))
            file.write(json.dumps({name: plain(value) for name, value in row.items()}, allow_nan=False) + "\n")
    return path


def write_table(frame, folder):
    """An outcome table of a DataFrame with its columns; an index is used where there is no prompt_id."""
    path = pathlib.Path(folder) / "table.csv"
    if "prompt_id" not in frame.columns:
        frame = frame.assign(prompt_id=[str(i) for i in frame.index])
    frame.to_csv(path, index=False)
    return path


def plain(value):
    """JSON's own types: NumPy's numbers and arrays, pandas' times; what is missing is null."""
    if hasattr(value, "tolist") and not isinstance(value, pd.Timestamp):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or value is pd.NaT or isinstance(value, float) and value != value:
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value
