"""Transferability with evidence: checklist, verdicts, the computed class and its gaps."""
