"""An interrupt from the keyboard ends the program in one line, also while it has only begun."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

EXIT = 130
AGAIN = "Stopped; run again to go on."


def end_at_once() -> None:
    """
    Let an interrupt end the program as it stands, until :func:`work_begins`.

    What is being imported when it comes would show where it was, or pass over it.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def work_begins() -> None:
    """Let an interrupt be an exception again, that what is at work may end well."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.stderr.write(f"{AGAIN}\n")
    sys.stderr.flush()
    os._exit(EXIT)


def ignore_further() -> None:
    """Let further interrupts pass while the program ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
