"""The fixtures of a whole installation are in tests/installation.py; tests/browser uses them too."""
