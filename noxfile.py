"""The tasks of the project, each in a virtual environment that it sets up itself: `nox --list` names them.

What a task installs stands here by name, and in constraints.txt by version.
"""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["tests"]

LINT = ("ruff",)
TYPES = ("mypy", "numpy")
DOCS = ("array-api-strict", "mparray", "mpmath", "numpydoc", "pytest", "rich")
TESTS = ("array-api-strict", "gmpy2", "mparray", "mpmath", "pytest", "rich")
FRAMEWORKS = ("torch", "jax", "tensorflow-cpu")  # by name, not by the package's extras: see constraints.txt
OTHERS = ("dask", "ndonnx", "onnxruntime")
PEERS = ("keras", "optax", "scikit-learn", "scipy")
CONFORMANCE = (*TESTS, *FRAMEWORKS, *OTHERS, *PEERS, "hypothesis", "jinja2", "matplotlib", "pytest-xdist")
OPTIONAL_PEERS = ("monai", "pytorch-metric-learning", "rax")
BENCH = (*FRAMEWORKS, *PEERS, *OPTIONAL_PEERS, "gmpy2", "matplotlib", "mparray", "mpmath", "rich")
DIGITS = (*FRAMEWORKS, "matplotlib", "rich", "scikit-learn")


def install(session: nox.Session, *requirements: str) -> None:
    """Install what a task needs, in the versions of constraints.txt."""
    session.install("--constraint", "constraints.txt", *requirements)


def check_lint(session: nox.Session) -> None:
    """Run the linter and the formatter, which changes nothing here."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


def check_conformance(session: nox.Session, *options: str) -> None:
    """Run the conformance suite in two processes: frameworks compile on one core."""
    session.run("pytest", "conformance", "-n", "2", *options, *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Everything that a change must pass, the quickest first; the frameworks come when they are needed."""
    install(session, "--editable", ".", *LINT, *TYPES, *DOCS, *TESTS)
    check_lint(session)
    session.run("mypy")
    session.run("pytest", "tests")  # the docstrings are among them
    install(session, *CONFORMANCE, *DIGITS)
    check_conformance(session)
    session.run("python", "examples/digits.py")


@nox.session
def conformance(session: nox.Session) -> None:
    """All losses in all modes of all frameworks; arguments go to pytest: `nox -s conformance -- -k huber`."""
    install(session, "--editable", ".", *CONFORMANCE)
    check_conformance(session, "--exhaustive")


@nox.session
def golden(session: nox.Session) -> None:
    """Derive the truth of every point again, and compare it with what is stored; `-- --write` stores it.

    Then compare both formulas with each other, at every point.
    """
    install(session, "--editable", ".", *CONFORMANCE)
    session.run("python", "-m", "conformance.golden", *session.posargs)
    session.run("pytest", "conformance/test_oracle.py", "-n", "2", "--exhaustive")


@nox.session
def digits(session: nox.Session) -> None:
    """Train one classifier on four frameworks, and compare."""
    install(session, "--editable", ".", *DIGITS)
    session.run("python", "examples/digits.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Time our losses beside the libraries' own: `nox -s bench -- --framework torch --loss huber --size large`."""
    install(session, "--editable", ".", *BENCH)
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def performance(session: nox.Session) -> None:
    """Measure every loss beside the libraries' own at every size, in every form, and write the page of it."""
    install(session, "--editable", ".", *BENCH)
    folder = session.create_tmp()
    session.run("python", "-m", "benchmarks", "--seconds", "0", "--jobs", "2", "--output", folder, *session.posargs)
    session.run("python", "docs/performance.py", folder, env={"PYTHONPATH": "."})


@nox.session
def lint(session: nox.Session) -> None:
    """Style of the source: ruff's rules and format."""
    install(session, *LINT)
    check_lint(session)


@nox.session
def types(session: nox.Session) -> None:
    """Types of the package, strictly."""
    install(session, *TYPES)
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Write the pages that are made of the losses, the table of peers and the TensorFlow namespace again."""
    install(session, "--editable", ".")
    session.run("python", "docs/coming_from.py")
    session.run("python", "docs/catalogue.py")
    session.run("python", "docs/tensorflow.py", env={"PYTHONPATH": "."})


@nox.session(name="docs-check")
def docs_check(session: nox.Session) -> None:
    """Docstrings: numpydoc's validation of all that is public, and the examples in them."""
    install(session, "--editable", ".", *DOCS)
    session.run("pytest", "tests/test_docstrings.py")
