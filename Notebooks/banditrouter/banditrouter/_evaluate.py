"""Judging policies from a log."""

import json
import tempfile

import matplotlib.pyplot as plt
import pandas as pd

from ._command import flags, run
from ._tables import is_path, write_log

COLORS = {"ok": "C0", "weak": "C1", "refused": "0.6"}


class Evaluation:
    """What `bandit-router evaluate` found: its JSON as `report`, and views of it."""

    def __init__(self, report, status):
        self.report = report
        #: Whether every policy was judged and every gate shown.
        self.is_shown = status == 0

    @property
    def notes(self):
        """What was done to the log on reading it, and what the estimates assume."""
        return self.report["log"].get("notes", [])

    @property
    def estimates(self):
        """A row a policy, estimator and interval."""
        return _frame(self.report["policies"], "estimates", ["policy"])

    @property
    def comparisons(self):
        """A row a policy and estimator: the difference from the baseline of `compare`."""
        return _frame(self.report.get("comparisons", []), "differences", ["policy", "baseline"])

    @property
    def verdicts(self):
        """A row a policy: verdict, reasons, and the figures they rest on."""
        rows = []
        for policy in self.report["policies"]:
            found = dict(policy["diagnostics"])
            found["reasons"] = " ".join(found.get("reasons", []))
            rows.append({"policy": policy["policy"], **found})
        return pd.DataFrame(rows)

    @property
    def gates(self):
        """A row a gate: whether it is shown, by which estimator, and why."""
        return pd.DataFrame(self.report.get("gates", []))

    def estimate(self, policy, estimator="dr"):
        """One estimate as a Series."""
        found = self.estimates
        return found[(found.policy == policy) & (found.estimator == estimator)].iloc[0]

    def plot(self, estimator="dr", truth=None, ax=None):
        """Estimates with their intervals, a line a policy; refused ones have none. `truth` maps policies to what is known."""
        ax = ax or plt.subplots(figsize=(7, 0.5 * len(self.report["policies"]) + 1.2))[1]
        verdicts = {policy["policy"]: policy["diagnostics"]["verdict"] for policy in self.report["policies"]}
        found = self.estimates
        found = found[found.estimator == estimator].drop_duplicates("policy").set_index("policy")
        for place, (policy, verdict) in enumerate(verdicts.items()):
            color = COLORS[verdict]
            row = found.loc[policy] if policy in found.index else None
            if row is None or pd.isna(row.value):
                ax.text(0.5, place, verdict, transform=ax.get_yaxis_transform(), ha="center", va="center", color=color)
            else:
                if not pd.isna(row.low):
                    ax.plot([row.low, row.high], [place, place], color=color, lw=2.5)
                ax.plot(row.value, place, "o", color=color, ms=5)
            if truth and policy in truth:
                ax.plot(truth[policy], place, "|", color="C3", ms=16, mew=2)
        ax.set_yticks(range(len(verdicts)), [f"{policy} ({verdict})" for policy, verdict in verdicts.items()])
        ax.set_ylim(len(verdicts) - 0.5, -0.5)
        ax.set_xlabel(f"{estimator}, with its interval")
        return ax

    def plot_estimators(self, policy, truth=None, ax=None):
        """All estimators of one policy beside one another."""
        found = self.estimates
        found = found[(found.policy == policy) & found.value.notna()].drop_duplicates("estimator")
        ax = ax or plt.subplots(figsize=(6, 0.35 * len(found) + 1.2))[1]
        for place, row in enumerate(found.itertuples()):
            if not pd.isna(row.low):
                ax.plot([row.low, row.high], [place, place], color="C0", lw=2.5)
            ax.plot(row.value, place, "o", color="C0", ms=4)
        if truth is not None:
            ax.axvline(truth, color="C3", ls="--", lw=1)
        ax.set_yticks(range(len(found)), found.estimator)
        ax.set_ylim(max(len(found), 1) - 0.5, -0.5)
        ax.set_title(policy, fontsize=10)
        return ax


def evaluate(log, policies=(), gates=(), **options):
    """`bandit-router evaluate` of a log: a path, or a DataFrame with the log's fields as columns. Other keywords are its flags."""
    words = flags({"policy": list(policies), "gate": list(gates), **options})
    with tempfile.TemporaryDirectory() as folder:
        path = log if is_path(log) else write_log(log, folder)
        text, status = run("evaluate", path, "--format", "json", *words, accepted=(0, 1))
    return Evaluation(json.loads(text), status)


def _frame(items, member, names):
    rows = []
    for item in items:
        for entry in item[member]:
            low, high = entry.get("interval") or (None, None)
            rest = {name: value for name, value in entry.items() if name not in ("interval", "parameters")}
            rows.append({**{name: item[name] for name in names}, **rest, **entry.get("parameters", {}), "low": low, "high": high})
    frame = pd.DataFrame(rows)
    for name in ("value", "standard_error", "low", "high"):
        if name in frame:
            frame[name] = pd.to_numeric(frame[name])
    return frame
