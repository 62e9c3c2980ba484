"""What reuse takes: transferability profile, capabilities, requirements, maturity, completeness."""
