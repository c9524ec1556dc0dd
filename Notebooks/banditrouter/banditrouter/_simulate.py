"""Running policies against worlds with known truth."""

import json
import pathlib
import tempfile

import matplotlib.pyplot as plt
import pandas as pd

from ._command import flags, run
from ._tables import is_path, write_table


class Simulation:
    """What `bandit-router simulate` wrote: `summary.json` as `summary`, `curves.csv` as the DataFrame `curves`."""

    def __init__(self, summary, curves):
        self.summary = summary
        self.curves = curves

    @property
    def means(self):
        """A row a policy, a column a metric, over the replications."""
        return self._frame("mean")

    @property
    def standard_errors(self):
        """As `means`, of their standard errors."""
        return self._frame("standard_error")

    def _frame(self, member):
        rows = {policy["policy"]: {k: v for k, v in policy[member].items() if isinstance(v, (int, float))}
                for policy in self.summary["policies"]}
        return pd.DataFrame.from_dict(rows, orient="index")

    def plot(self, title=None, ax=None):
        """Cumulative regret over the rounds: the mean, and 10 to 90 % of the replications."""
        ax = ax or plt.subplots(figsize=(8, 4.5))[1]
        for policy, rows in self.curves.groupby("policy", sort=False):
            line, = ax.plot(rows["round"], rows["regret_mean"], label=policy)
            ax.fill_between(rows["round"], rows["regret_q10"], rows["regret_q90"], color=line.get_color(), alpha=0.12)
        ax.set(xlabel="round", ylabel="cumulative regret", title=title)
        ax.legend()
        return ax


def simulate(scenario=None, table=None, policies=(), **options):
    """`bandit-router simulate` of a scenario (a path, or a dict as its YAML says), or of an outcome table (a path or a DataFrame)."""
    with tempfile.TemporaryDirectory() as folder:
        words = []
        if isinstance(scenario, dict):
            path = pathlib.Path(folder) / "scenario.yaml"
            path.write_text(json.dumps(scenario), encoding="utf-8")  # JSON is YAML
            words.append(path)
        elif scenario is not None:
            words.append(scenario)
        if table is not None:
            words += ["--table", table if is_path(table) else write_table(table, folder)]
        output = pathlib.Path(folder) / "out"
        run("simulate", *words, "--output", output, "--format", "json", *flags({"policy": list(policies), **options}))
        summary = json.loads((output / "summary.json").read_text(encoding="utf-8"))
        curves = pd.read_csv(output / "curves.csv")
    return Simulation(summary, curves)
