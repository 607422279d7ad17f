"""Check losses of one's own: on all backends and modes against the truth, or one framework's against another's.

It needs ``pip install "agnostic-losses[testing]"``; the frameworks that are installed take part.
"""
