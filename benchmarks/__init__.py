"""Benchmarks: plain scripts that print ratios from one run. Never tests."""
