"""The colours, by role: the only place where a colour has a number."""

LIGHT = {
    "bg": "#ffffff",
    "panel": "#f5f6f8",
    "ink": "#1b1f27",
    "muted": "#5a6270",
    "rule": "#d5d9e0",
    "grid": "#e6e9ee",
    "orbit": "#124a86",
    "orbit1": "#4a80bd",
    "orbit2": "#8fb6df",
    "orbit3": "#cfe0f3",
    "ground": "#b4560b",
    "ground2": "#eab98f",
    "ground3": "#f9e5d5",
    "prior": "#868e9b",
}
DARK = {
    "bg": "#12161d",
    "panel": "#1a2029",
    "ink": "#e8ebf0",
    "muted": "#a7b0bd",
    "rule": "#333c49",
    "grid": "#262e39",
    "orbit": "#9bcbff",
    "orbit1": "#5590d0",
    "orbit2": "#315c8e",
    "orbit3": "#1d3450",
    "ground": "#e38a3f",
    "ground2": "#8a522a",
    "ground3": "#4a3020",
    "prior": "#7d8694",
}
TOKEN = {colour: name for name, colour in LIGHT.items()}
