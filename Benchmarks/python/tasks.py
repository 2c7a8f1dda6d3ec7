"""The task pools of Python, by the method of `benchmark tasks`: by turns, with as many workers as that has ranks.

usage: python tasks.py OUTPUT [--size full|quick|tiny] [--workers N] [--matrix-times N]
       mpiexec -n N+1 python -m mpi4py.futures tasks.py OUTPUT --futures [the same]
       python tasks.py OUTPUT --cluster ray|dask [the same]

OUTPUT gets the results as JSON, in the form of those of the Swift program. With --futures it is about mpi4py.futures
alone, one of whose processes hands out tasks and computes none: so it gets one more. With --cluster it is about ray or
dask alone, which have processes besides their workers.
"""

import argparse
import functools
import multiprocessing
import multiprocessing.pool
import multiprocessing.shared_memory
import os
import platform
import signal
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

# A worker has one core.
for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]:
    os.environ.setdefault(name, "1")

import numpy

import report

SIZES = {
    # repeats, tasks that do nothing, matrices, times, rows of the Mandelbrot set, messages of 8 MB, stored results
    "full": (5, 20_000, 100, 100, 2048, 40, 1_000_000),
    "quick": (3, 4_000, 40, 20, 512, 10, 50_000),
    "tiny": (1, 50, 4, 1, 32, 2, 1_000),
}
SIDE = 500


def nothing(number):
    return number


def mean_and_deviation(matrix, times):
    result = 0.0
    for _ in range(times):
        result += numpy.mean(matrix) + numpy.std(matrix)
    return result / times


def of_own_matrix(index):
    """The process has all matrices, since it was forked off the one that made them."""
    return mean_and_deviation(matrices[index], arguments.matrix_times)


def of_shared_matrix(place):
    """The matrices lie in shared memory."""
    name, index = place
    if name not in attached:
        attached[name] = multiprocessing.shared_memory.SharedMemory(name)
    array = numpy.ndarray((SIDE, SIDE), numpy.float64, attached[name].buf, index * SIDE * SIDE * 8)
    return mean_and_deviation(array, arguments.matrix_times)


def of_some(values):
    return float(values[0] + values[-1])


def some(count):
    return numpy.ones(count)


def row(place):
    """How many iterations a row of the upper half of the Mandelbrot set takes; the first rows are in its middle."""
    number, rows = place
    c = -2 + 2.5 * numpy.arange(rows) / rows + 1j * (1.25 * number / rows)
    z = numpy.zeros(rows, complex)
    steps = 0
    for _ in range(256):
        z = z * z + c
        inside = z.real * z.real + z.imag * z.imag <= 4
        z, c = z[inside], c[inside]
        steps += len(z)
        if len(z) == 0:
            break
    return steps


def all_rows(rows):
    for number in range(rows):
        row((number, rows))


def dying(file):
    """Takes 20 ms, and kills its process if a file is there, which it removes before."""
    time.sleep(0.02)
    if file:
        try:
            os.unlink(file)
        except FileNotFoundError:
            return 1
        os.kill(os.getpid(), signal.SIGKILL)
    return 1


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def in_turns(repeats, ways):
    """As `inTurns` of the Swift program."""
    taken = [[] for _ in ways]
    for repetition in range(repeats):
        order = [(step + repetition // 2) % len(ways) for step in range(len(ways))]
        for way in order if repetition % 2 == 0 else reversed(order):
            taken[way].append(seconds(ways[way][1]))
    return taken


def figure(group, what, form, values, unit="", wants_little=False):
    figures.append({
        "group": group, "what": what, "form": form, "isPeer": True, "unit": unit, "wantsLittle": wants_little,
        "value": report.summary(values)})


def check(is_right, what):
    if not is_right:
        raise SystemExit(f"{what} has a wrong result")


def rates(mappers):
    """MAPPERS: name, a function of (function, values, chunk), and whether it chunks by itself where chunk is None."""
    numbers = list(range(tasks))

    def run(mapper, chunk):
        def body():
            check(sum(mapper(nothing, numbers, chunk)) == tasks * (tasks - 1) // 2, "a pool of tasks that do nothing")

        return body

    one = [(name, run(mapper, 1)) for name, mapper, _ in mappers]
    # Where it has no chunks of its own, a good size by hand.
    chunked = [(name if own else f"{name}, chunks by hand", run(mapper, None if own else max(1, tasks // 8)))
               for name, mapper, own in mappers]
    for what, ways in [("plain data, one at a time", one), ("plain data, all at once", chunked)]:
        for (name, _), taken in zip(ways, in_turns(repeats, ways)):
            figure("rates", what, name, [tasks / each for each in taken], "tasks/s")


def loop_over_matrices(ways):
    serial = [of_own_matrix(index) for index in range(count)]

    def checked(run):
        return lambda: check(numpy.allclose(list(run()), serial), "a loop over matrices")

    ways = [("NumPy, the plain loop", lambda: [of_own_matrix(index) for index in range(count)])] + ways
    # A run of a minute and more is as good as several of a second.
    often = repeats if arguments.matrix_times <= 100 else min(repeats, 3)
    taken = in_turns(often, [(name, checked(run)) for name, run in ways])
    for (name, _), each in zip(ways, taken):
        if name != "NumPy, the plain loop" or not arguments.futures:
            figure("matrices", "mean and deviation", name, each, "s", True)
    for (name, _), each in list(zip(ways, taken))[1:]:
        figure("matrices", "speed-up over the plain loop", name, [a / b for a, b in zip(taken[0], each)])


def balance(together, mappers):
    """TOGETHER runs a function in each worker, with the same argument."""
    places = [(number, rows) for number in range(rows)]
    ways = [("ideal", lambda: together(all_rows, rows))]
    ways += [(name, lambda mapper=mapper, chunk=chunk: list(mapper(row, places, chunk)))
             for name, mapper, chunk in mappers]
    taken = in_turns(repeats, ways)
    # All of the work in each worker at once, shared by them.
    ideal = [each / arguments.workers for each in taken[0]]
    for (name, _), each in list(zip(ways, taken))[1:]:
        figure("balance", "Mandelbrot rows, heavy ones first", name, [a / b for a, b in zip(each, ideal)], "", True)


def long_messages(mappers):
    values = numpy.ones(1_000_000)
    argument = "8 MB, argument"
    result = "8 MB, result"
    ways = []
    for name, mapper in mappers:
        ways.append((argument, name, lambda mapper=mapper: check(
            list(mapper(of_some, (values for _ in range(messages)), 1)) == [2] * messages, "tasks with long arguments")))
        ways.append((result, name, lambda mapper=mapper: check(
            sum(len(each) for each in mapper(some, [1_000_000] * messages, 1)) == messages * 1_000_000,
            "tasks with long results")))
    for (what, name, _), taken in zip(ways, in_turns(repeats, [(name, run) for _, name, run in ways])):
        figure("messages", what, name, [8e-3 * messages / each for each in taken], "GB/s")


def deaths(name, run):
    """Of 20 tasks one kills its process: how many have a result, and how much later all have one.

    RUN: a function of the tasks' arguments that returns the results, as many as there are.
    """
    with tempfile.TemporaryDirectory() as folder:
        file, taken, finished = os.path.join(folder, "file"), ([], []), []
        for number in range(repeats):
            for dies in (False, True) if number % 2 == 0 else (True, False):
                if dies:
                    open(file, "w").close()
                start = time.perf_counter()
                results = run([file if dies else ""] * 20)
                taken[dies].append(time.perf_counter() - start)
                if dies:
                    finished.append(len(results))
    figure("processes", "results of 20 tasks, one of which kills its process", name, finished)
    if min(finished) == 20:
        lost = [max(0, there - without - 0.02) for without, there in zip(*taken)]
        figure("processes", "lost by the death of a process", name, lost, "s", True)


def with_results(calls):
    """What those of some functions return that do not fail."""
    found = []
    for call in calls:
        try:
            found.append(call())
        except Exception:
            pass
    return found


def deaths_of_pools():
    """Each in a pool of its own, which is of no use any more when a process has died."""
    import joblib

    def by_pool(files):
        with multiprocessing.Pool(arguments.workers) as pool:
            # It would wait without end for the result that never comes.
            return with_results([
                functools.partial(each.get, timeout=2)
                for each in [pool.apply_async(dying, [file]) for file in files]])

    def by_executor(files):
        with ProcessPoolExecutor(arguments.workers) as executor:
            return with_results([each.result for each in [executor.submit(dying, file) for file in files]])

    def by_joblib(files):
        with joblib.Parallel(arguments.workers) as parallel:
            return sum(with_results([lambda: parallel(joblib.delayed(dying)(file) for file in files)]), [])

    for name, run in [("multiprocessing.Pool", by_pool), ("ProcessPoolExecutor", by_executor), ("joblib", by_joblib)]:
        deaths(name, run)


def stores():
    """Results that are kept: by a plain insert into SQLite, and by joblib's Memory."""
    import hashlib
    import sqlite3

    import joblib

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "plain.sqlite")
        rows = [(hashlib.sha256(b"%d" % number).digest()[:16], float(number)) for number in range(stored)]
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE result(key BLOB PRIMARY KEY, value REAL)")

        def insert():
            with database:
                database.executemany("INSERT INTO result VALUES(?, ?)", rows)

        name = "SQLite, one transaction"
        figure("stores", "results computed and stored", name, [stored / seconds(insert)], "results/s")
        figure("stores", "results read back", name, [
            stored / seconds(lambda: check(
                len(database.execute("SELECT key, value FROM result").fetchall()) == stored, "SQLite"))], "results/s")
        database.close()
        size = os.path.getsize(path) / stored
        figure("stores", "bytes of the file for a result", name, [size], "B", wants_little=True)

        memory = joblib.Memory(os.path.join(folder, "memory"), verbose=0)
        cached, few = memory.cache(nothing), max(10, stored // 100)

        def call():
            check(sum(cached(number) for number in range(few)) == few * (few - 1) // 2, "joblib's Memory")

        for what in ["results computed and stored", "results found"]:
            figure("stores", what, "joblib.Memory", [few / seconds(call)], "results/s")
        size = sum(os.stat(os.path.join(place, file)).st_blocks * 512
                   for place, _, files in os.walk(folder + "/memory") for file in files)
        figure("stores", "bytes of the file for a result", "joblib.Memory", [size / few], "B", wants_little=True)


def local_pools():
    import joblib

    workers = arguments.workers
    shared = multiprocessing.shared_memory.SharedMemory(create=True, size=max(8, count * SIDE * SIDE * 8))
    numpy.ndarray((count, SIDE, SIDE), numpy.float64, shared.buf)[:] = matrices
    places = [(shared.name, index) for index in range(count)]
    try:
        # All there before anything is measured, as the ranks are.
        with multiprocessing.Pool(workers) as pool, ProcessPoolExecutor(workers) as executor, \
                multiprocessing.pool.ThreadPool(workers) as threads, joblib.Parallel(workers) as parallel:

            def by_pool(function, values, chunk):
                return pool.map(function, values, chunk)

            def lazily_by_pool(function, values, chunk):
                return pool.imap(function, values, chunk)

            def by_executor(function, values, chunk):
                return executor.map(function, values, chunksize=chunk)

            def by_joblib(function, values, chunk):
                parallel.batch_size = chunk or "auto"
                return parallel(joblib.delayed(function)(value) for value in values)

            for mapper in [by_pool, by_executor, by_joblib]:
                list(mapper(nothing, range(4 * workers), 1))
            rates([
                ("multiprocessing.Pool", by_pool, True), ("ProcessPoolExecutor", by_executor, False),
                ("joblib", by_joblib, True)])
            loop_over_matrices([
                ("ThreadPool", lambda: threads.map(of_own_matrix, range(count), 1)),
                ("Pool, matrices since the fork", lambda: pool.map(of_own_matrix, range(count), 1)),
                ("Pool, shared memory", lambda: pool.map(of_shared_matrix, places, 1)),
                ("Pool, a matrix a task", lambda: pool.map(of_matrix, matrices, 1)),
                ("ProcessPoolExecutor, a matrix a task", lambda: executor.map(of_matrix, matrices)),
                ("joblib, a matrix a task", lambda: by_joblib(of_matrix, matrices, None))])
            balance(
                lambda function, value: pool.map(function, [value] * workers, 1),
                [("Pool, its own chunks", by_pool, None), ("Pool, one at a time", by_pool, 1),
                 ("joblib", by_joblib, None)])
            long_messages([
                ("multiprocessing.Pool", lazily_by_pool), ("ProcessPoolExecutor", by_executor), ("joblib", by_joblib)])
        stores()
        deaths_of_pools()
    finally:
        shared.close()
        shared.unlink()
    return f"Python {platform.python_version()}, NumPy {numpy.__version__}, joblib {joblib.__version__}"


def futures():
    import mpi4py
    from mpi4py.futures import MPIPoolExecutor

    with MPIPoolExecutor() as executor:
        executor.bootup()

        def by_futures(function, values, chunk):
            return executor.map(function, values, chunksize=chunk)

        list(by_futures(nothing, range(4 * arguments.workers), 1))
        rates([("mpi4py.futures", by_futures, False)])
        loop_over_matrices([("mpi4py.futures, a matrix a task", lambda: by_futures(of_matrix, matrices, 1))])
        long_messages([("mpi4py.futures", by_futures)])
    return f"mpi4py {mpi4py.__version__}"


def by_ray():
    import ray

    ray.init(num_cpus=arguments.workers, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    remote = {function: ray.remote(function) for function in [nothing, of_some, some, dying]}

    def mapper(function, values, _):
        return ray.get([remote[function].remote(value) for value in values])

    return "ray", mapper, ray.__version__, ray.shutdown


def by_dask():
    import distributed

    cluster = distributed.LocalCluster(
        n_workers=arguments.workers, threads_per_worker=1, dashboard_address=None, silence_logs=50)
    client = distributed.Client(cluster)

    def mapper(function, values, _):
        return client.gather(client.map(function, list(values), pure=False))

    def close():
        client.close()
        cluster.close()

    return "dask", mapper, distributed.__version__, close


def cluster():
    name, mapper, version, close = {"ray": by_ray, "dask": by_dask}[arguments.cluster]()
    try:
        mapper(nothing, range(4 * arguments.workers), 1)
        numbers = list(range(tasks))

        def body():
            check(sum(mapper(nothing, numbers, 1)) == tasks * (tasks - 1) // 2, "a pool of tasks that do nothing")

        taken = in_turns(repeats, [(name, body)])[0]
        figure("rates", "plain data, one at a time", name, [tasks / each for each in taken], "tasks/s")
        long_messages([(name, mapper)])
        deaths(name, lambda files: mapper(dying, files, 1))
    finally:
        close()
    return f"{name} {version}"


attached = {}
figures = []

# A worker of mpi4py.futures, which has other arguments, does none of this; one that is forked off has it all.
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--matrix-times", type=int)
    parser.add_argument("--futures", action="store_true")
    parser.add_argument("--cluster", choices=["ray", "dask"])
    arguments = parser.parse_args()
    repeats, tasks, count, own_times, rows, messages, stored = SIZES[arguments.size]
    arguments.matrix_times = arguments.matrix_times or own_times
    matrices = numpy.random.default_rng(1).random((count, SIDE, SIDE))
    # A matrix comes with each task.
    of_matrix = functools.partial(mean_and_deviation, times=arguments.matrix_times)
    about = futures() if arguments.futures else cluster() if arguments.cluster else local_pools()
    report.write(arguments.output, about, figures=figures)
