from mpi4py import MPI

comm = MPI.COMM_WORLD
mine = [float(comm.rank)] * (comm.rank + 1)
# count
all = comm.gather(mine)
# end
if comm.rank == 0:
    for rank in range(comm.size):
        print(f"rank {rank} gave {all[rank]}")
