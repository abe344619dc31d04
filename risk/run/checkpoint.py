"""What an interrupted run leaves behind: its state after so many blocks, to go on from exactly.

One file a run in the user's cache folder, written whole to a temporary name and renamed. Its name
is a digest of everything that moves a bit, so another run never picks it up. A file that cannot
be read is as none.
"""

import hashlib
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from risk.run.devices import cache_folder
from risk.run.merge import State

_DONE = "blocks done"
EVERY_S = 60.0
"""Seconds between two states kept while a run lasts."""


def file_of(what: dict[str, Any]) -> Path | None:
    """File of the run that is described, None where there is no folder for it."""
    folder = cache_folder()
    if folder is None:
        return None
    text = json.dumps(what, sort_keys=True)
    return folder / "runs" / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.npz"


def save(file: Path, state: State, done: int) -> None:
    """Keep the state after `done` blocks; raises OSError where it cannot be written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            arrays: dict[str, Any] = {_DONE: np.asarray(done), **state}
            np.savez(stream, **arrays)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def restore(file: Path) -> tuple[State, int] | None:
    """State and number of blocks done; None where there is no such file or it is damaged."""
    try:
        with np.load(file) as kept:
            state = {name: kept[name] for name in kept.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None
    done = state.pop(_DONE, None)
    return None if done is None else (state, int(done))
