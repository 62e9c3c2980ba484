"""Figures over time: growth of the catalogue, adoptions, time from interest to productive use."""
