"""Our losses beside the frameworks' own: time, memory and imports, measured in turn. `python -m benchmarks` runs it.

Only what measures stands here. Which losses are compared, and how each call reads, is the package's table of peers;
the page that shows the figures is written by docs/performance.py.
"""
