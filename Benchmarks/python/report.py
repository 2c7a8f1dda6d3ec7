"""What the measurements in Python write, in the form of those of the Swift program."""

import json
import statistics


def summary(numbers):
    return {"min": min(numbers), "median": statistics.median(numbers), "max": max(numbers)}


def write(file, about, **measured):
    """ABOUT says what was measured, and by what; the machine itself is for the Swift program to describe."""
    machine = {"date": "", "processor": "", "cores": 0, "system": "", "mpi": "", "swift": "", "c": "", "peers": [about]}
    with open(file, "w") as to:
        json.dump({"machine": machine, **measured}, to)
