"""mpi4py beside C, by the method of the Swift benchmarks: by turns, in one process on each rank.

usage: mpiexec -n 2 python peers.py LIBRARY OUTPUT [--quick]

LIBRARY is the C side of the benchmarks, compiled with `mpicc -O2 -shared -fPIC`. OUTPUT gets the results as JSON, in
the form of those of the Swift program.
"""

import ctypes
import dataclasses
import platform
import sys

from mpi4py import MPI
import numpy

import report

world = MPI.COMM_WORLD
rank, size = world.rank, world.size


def handle(type_):
    """The C type of one of MPI's handles: a pointer in one MPI, an integer in another."""
    return ctypes.c_void_p if MPI._sizeof(type_) == 8 else ctypes.c_int


class Job(ctypes.Structure):
    """As in kernels.h."""

    _fields_ = [
        ("comm", handle(MPI.Comm)),
        ("rank", ctypes.c_int),
        ("size", ctypes.c_int),
        ("out", ctypes.c_void_p),
        ("into", ctypes.c_void_p),
        ("count", ctypes.c_int),
        ("type", handle(MPI.Datatype)),
        ("counts", ctypes.c_void_p),
        ("displacements", ctypes.c_void_p),
        ("window", handle(MPI.Win)),
        ("target", ctypes.c_int),
    ]


class Work:
    """Memory for a case, and what C is told of it."""

    def __init__(self, count, dtype=numpy.float64, counts=None):
        room = max(count * size, sum(counts or [0]), 64)
        self.count = count
        self.sent = numpy.zeros(room, dtype)
        self.received = numpy.zeros(room, dtype)
        self.out = self.sent[:count]
        self.into = self.received[:count]
        self.job = Job()
        library.c_prepare(
            ctypes.byref(self.job), ctypes.c_void_p(self.sent.ctypes.data), ctypes.c_void_p(self.received.ctypes.data),
            count, int(dtype == numpy.uint8))
        if counts:
            self.counts = numpy.array(counts, numpy.intc)
            self.displacements = numpy.array([sum(counts[:r]) for r in range(size)], numpy.intc)
            self.job.counts = self.counts.ctypes.data
            self.job.displacements = self.displacements.ctypes.data

    def in_c(self, name):
        function = getattr(library, name)
        return "C", lambda times: function(ctypes.byref(self.job), ctypes.c_long(times))


def repeated(form, call):
    def run(times):
        for _ in range(times):
            call()

    return form, run


def seconds(run, times):
    world.Barrier()
    start = MPI.Wtime()
    run(times)
    return MPI.Wtime() - start


def calibrated(run, target):
    times = 2
    while times < 1 << 24:
        # The best of three: one that was disturbed would end this too soon.
        took = min(world.allreduce(seconds(run, times), MPI.MAX) for _ in range(3))
        if took * 8 >= target:
            return times if took >= target else max(times + 1, int(times * target / took))
        times *= 8
    return times


def measure(operation, mode, length, parts, variants, repeats, target, runs=4):
    """The measurements of a case: `variants` are pairs of form and loop, the first of them C's."""
    times = calibrated(variants[0][1], target)
    for _, run in variants:
        seconds(run, max(2, times // 8))
    count = len(variants)
    best = [[] for _ in variants]
    for repetition in range(repeats):
        local = numpy.zeros((count, runs))
        for turn in range(runs):
            for step in range(count):
                place = (step + repetition) % count
                which = place if turn % 2 == 0 else count - 1 - place
                local[which, turn] = seconds(variants[which][1], times)
        most = numpy.zeros_like(local)
        world.Allreduce(local, most, MPI.MAX)
        for which in range(count):
            best[which].append(float(most[which].min()))
    results = []
    for (form, _), own in zip(variants, best):
        ratios = [mine / c for mine, c in zip(own, best[0])]
        results.append({
            "operation": operation, "mode": mode, "form": form, "bytes": length, "ranks": size,
            "seconds": min(own) / (times * parts),
            "ratio": report.summary(ratios),
        })
    if rank == 0:
        first = results[0]
        text = "".join(f"; {one['form']} {one['ratio']['median']:.2f}" for one in results[1:])
        print(
            f"{operation}, {length} B: {first['form']} {first['seconds'] * 1e6:.3f} µs{text}", file=sys.stderr,
            flush=True)
    return results


def exchange(send, receive):
    """A message from rank 0 to rank 1, and one back."""

    def call():
        if rank == 0:
            send(1)
            receive(1)
        elif rank == 1:
            receive(0)
            send(0)

    return call


def ping_pong(length):
    work = Work(length, numpy.uint8)
    raw = bytes(length)
    buffer = exchange(lambda to: world.Send(work.out, to), lambda from_: world.Recv(work.into, from_))
    pickled = exchange(lambda to: world.send(raw, to), lambda from_: world.recv(source=from_))
    return "ping-pong", "blocking", length, 2, [
        work.in_c("c_ping_pong"), repeated("mpi4py buffer", buffer), repeated("mpi4py object", pickled)]


def pair(length):
    work = Work(length, numpy.uint8)
    other = 1 - rank

    def call():
        MPI.Request.Waitall([world.Irecv(work.into, other), world.Isend(work.out, other)])

    idle = rank > 1
    return "pair", "nonblocking", length, 1, [
        work.in_c("c_nonblocking_pair"), repeated("mpi4py buffer", (lambda: None) if idle else call)]


def rate():
    work = Work(1)
    none = numpy.zeros(0)

    def call():
        if rank == 0:
            for _ in range(64):
                world.Send(work.out, 1)
            world.Recv(none, 1, 1)
        elif rank == 1:
            for _ in range(64):
                world.Recv(work.into, 0, 0)
            world.Send(none, 0, 1)

    return "message rate", "blocking", 8, 64, [work.in_c("c_rate"), repeated("mpi4py buffer", call)]


def collective(operation, kernel, length, buffer, pickled=None):
    work = Work(length // 8)
    variants = [work.in_c(kernel), repeated("mpi4py buffer", lambda: buffer(work))]
    if pickled and length == 8:
        variants.append(repeated("mpi4py object", pickled))
    return operation, "blocking", length, 1, variants


def uneven(length):
    counts = [max(1, length // 8 * (r + 1) * 2 // (size + 1)) for r in range(size)]
    work = Work(length // 8, counts=counts)
    out, total = work.sent[:counts[rank]], work.received[:sum(counts)]
    return "allGather uneven", "blocking", length, 1, [
        work.in_c("c_all_gather_uneven"),
        repeated("mpi4py buffer", lambda: world.Allgatherv(out, [total, counts]))]


def collectives(length):
    return [
        collective("broadcast", "c_broadcast", length, lambda w: world.Bcast(w.into), lambda: world.bcast(1.0)),
        collective("reduce", "c_reduce", length, lambda w: world.Reduce(w.out, w.into), lambda: world.reduce(1.0)),
        collective(
            "allReduce", "c_all_reduce", length, lambda w: world.Allreduce(w.out, w.into),
            lambda: world.allreduce(1.0)),
        collective(
            "allReduce in place", "c_all_reduce_in_place", length, lambda w: world.Allreduce(MPI.IN_PLACE, w.into)),
        collective(
            "allGather", "c_all_gather", length,
            lambda w: world.Allgather(w.out, w.received[:w.count * size]), lambda: world.allgather(1.0)),
        uneven(length),
        collective(
            "allToAll", "c_all_to_all", length,
            lambda w: world.Alltoall(w.sent[:w.count * size], w.received[:w.count * size])),
        collective("scan", "c_scan", length, lambda w: world.Scan(w.out, w.into), lambda: world.scan(1.0)),
    ]


def one_sided(repeats, target):
    """Rank 0 reaches the last rank's memory, inside a lock of all."""
    window = MPI.Win.Allocate_shared(8, 8, comm=world)
    work = Work(1)
    one, before = numpy.ones(1, numpy.int64), numpy.zeros(1, numpy.int64)
    work.job.window = handle(MPI.Win).from_address(MPI._addressof(window))
    goal = size - 1

    def put():
        window.Put(work.out, goal)
        window.Flush_local(goal)

    def get():
        window.Get(work.into, goal)
        window.Flush_local(goal)

    def fetch():
        window.Fetch_and_op(one, before, goal)
        window.Flush_local(goal)

    results = []
    window.Lock_all()
    for operation, kernel, call in [
        ("put", "c_put", put), ("get", "c_get", get), ("fetch and add", "c_fetch_and_add", fetch),
    ]:
        both = [work.in_c(kernel), repeated("mpi4py buffer", call)]
        if rank != 0:
            both = [(form, lambda times: None) for form, _ in both]
        results += measure(operation, "one-sided", 8, 1, both, repeats, target)
    window.Unlock_all()
    window.Free()
    return results


@dataclasses.dataclass
class Limits:
    low: float
    high: float
    is_strict: bool


@dataclasses.dataclass
class Level:
    id: int
    label: str
    weight: float


@dataclasses.dataclass
class Settings:
    name: str
    limits: Limits
    tags: list
    levels: list


@dataclasses.dataclass
class Samples:
    name: str
    values: object


def objects(repeats, target):
    """The values of Micro/Objects.swift, pickled."""
    values = [
        ("dictionary of 3", "mpi4py", {"answer": 42, "low": 1, "high": 99}),
        ("dictionary of 100", "mpi4py", {f"key{i}": i for i in range(100)}),
        ("nested struct", "mpi4py", Settings(
            "solver", Limits(0.5, 99.5, True), ["fast", "large", "exact"],
            [Level(i, f"level {i}", i / 7) for i in range(10)])),
        ("struct of a million doubles", "mpi4py", Samples("samples", [float(i) for i in range(1_000_000)])),
        ("struct of a million doubles", "mpi4py, NumPy array", Samples("samples", numpy.arange(1e6))),
    ]
    rates = []
    for name, form, value in values:
        call = exchange(lambda to: world.send(value, to), lambda from_: world.recv(source=from_))
        one = measure(name, form, 0, 2, [repeated(form, call)], repeats, target, runs=2)[0]
        rates.append({"value": name, "form": form, "seconds": one["seconds"]})
    return rates


def main():
    quick = "--quick" in sys.argv
    repeats, target = (3, 0.002) if quick else (5, 0.004)
    lengths = [8, 65536] if quick else [8, 1024, 65536, 1 << 20]
    messages = [1, 64, 4096, 65536, 1 << 20] if quick else [4**i for i in range(12)]
    cases = [ping_pong(length) for length in messages] + [pair(length) for length in [8, 65536]] + [rate()]
    empty = Work(1)
    cases.append(("barrier", "blocking", 0, 1, [
        empty.in_c("c_barrier"), repeated("mpi4py buffer", world.Barrier), repeated("mpi4py object", world.barrier)]))
    for length in lengths:
        cases += collectives(length)
    peers = []
    for operation, mode, length, parts, variants in cases:
        peers += measure(operation, mode, length, parts, variants, repeats, target)
    peers += one_sided(repeats, target)
    rates = objects(repeats, 0.02)
    if rank == 0:
        import mpi4py

        about = f"mpi4py {mpi4py.__version__}, Python {platform.python_version()}, NumPy {numpy.__version__}"
        library.c_compiler.restype = ctypes.c_char_p
        about += f"; beside C by {library.c_compiler().decode()}"
        report.write(sys.argv[2], about, peers=peers, objects=rates)


library = ctypes.CDLL(sys.argv[1])
main()
