"""Labelled sets, evaluation, thresholds: what a change will change, known beforehand."""
