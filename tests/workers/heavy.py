"""A module that takes long to load, as one with models does."""

import time

time.sleep(0.5)
