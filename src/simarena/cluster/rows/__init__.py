"""Manifests to rows of a World, and the names behind them."""
