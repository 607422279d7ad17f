"""Check a loss of one's own: on every backend and in every mode against its truth, or one framework's against another's.

It needs ``pip install "agnostic-losses[testing]"``; the frameworks that are installed take part.
"""
