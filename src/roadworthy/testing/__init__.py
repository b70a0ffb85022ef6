"""The examinations that adapters and plugins must pass."""
