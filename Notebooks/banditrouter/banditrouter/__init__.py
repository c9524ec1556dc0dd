"""bandit-router from a notebook: DataFrames or paths in, estimates as DataFrames and plots out, over the command's own JSON."""

from ._command import BanditRouterError, command
from ._convert import convert
from ._evaluate import Evaluation, evaluate
from ._simulate import Simulation, simulate

__all__ = ["BanditRouterError", "Evaluation", "Simulation", "command", "convert", "evaluate", "simulate"]
