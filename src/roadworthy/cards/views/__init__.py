"""View models: what a template places, fully made from records before any template runs."""
