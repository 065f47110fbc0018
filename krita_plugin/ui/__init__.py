"""Widgets. They draw a `PanelState` and say what the artist did; they decide nothing."""
