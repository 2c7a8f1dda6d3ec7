import sys
from mpi4py import MPI
import numpy as np

comm = MPI.COMM_WORLD
modulus = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_003
mine = np.array([comm.rank + 1000])
# count
def multiply(left, right, _):
    left, right = np.frombuffer(left, int), np.frombuffer(right, int)
    right[:] = left * right % modulus

operation = MPI.Op.Create(multiply, commute=True)
product = np.empty_like(mine)
comm.Allreduce(mine, product, operation)
operation.Free()
# end
if comm.rank == 0:
    print(f"the product is {product[0]} modulo {modulus}")
