"""From a run's reducer states to estimates with intervals."""
