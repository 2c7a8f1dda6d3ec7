import sys
from mpi4py import MPI

comm = MPI.COMM_WORLD
modulus = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_003
mine = comm.rank + 1000
# count
product = comm.allreduce(mine, op=lambda left, right: left * right % modulus)
# end
if comm.rank == 0:
    print(f"the product is {product} modulo {modulus}")
