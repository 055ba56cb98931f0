"""What a run would cost, and what its data can decide at all. Nothing is called here."""

from ladder.plan.plan_ladder import candidates_to_probe, plan_ladder
from ladder.plan.run_plan import RunPlan

__all__ = ["RunPlan", "candidates_to_probe", "plan_ladder"]
