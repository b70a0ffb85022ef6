"""The only door to engines, stores and optional libraries."""
