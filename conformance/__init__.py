"""The proof that every loss gives the same, right numbers on every backend; `case.py` says what a case is."""
