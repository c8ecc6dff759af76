"""``python -m dashboard``, and ``pavement`` by that: the command line."""

from dashboard.interrupts import end_at_once


def main() -> None:
    """Run the command line; what it needs is read only here, so that an interrupt before that is one line too."""
    end_at_once()
    from dashboard.cli import main as verbs

    verbs()


if __name__ == "__main__":
    main()
