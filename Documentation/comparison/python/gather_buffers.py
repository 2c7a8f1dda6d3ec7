from mpi4py import MPI
import numpy as np

comm = MPI.COMM_WORLD
mine = np.full(comm.rank + 1, float(comm.rank))
# count
counts = comm.gather(len(mine))
all = np.empty(sum(counts)) if comm.rank == 0 else None
comm.Gatherv(mine, [all, counts] if comm.rank == 0 else None)
parts = np.split(all, np.cumsum(counts)[:-1]) if comm.rank == 0 else None
# end
if comm.rank == 0:
    for rank in range(comm.size):
        print(f"rank {rank} gave {parts[rank].tolist()}")
