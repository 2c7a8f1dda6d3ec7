#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

// count
// MPI hands a reduction no context: what the closure would capture is a global variable.
static long modulus;

static void multiply(void *in, void *inout, int *count, MPI_Datatype *type) {
  long *left = in, *right = inout;
  for (int i = 0; i < *count; i++) right[i] = left[i] * right[i] % modulus;
}
// end

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  modulus = argc > 1 ? atol(argv[1]) : 1000003;
  long mine = rank + 1000;

  // count
  MPI_Op operation;
  MPI_Op_create(multiply, 1, &operation);
  long product;
  MPI_Allreduce(&mine, &product, 1, MPI_LONG, operation, MPI_COMM_WORLD);
  MPI_Op_free(&operation);
  // end

  if (rank == 0) printf("the product is %ld modulo %ld\n", product, modulus);
  MPI_Finalize();
}
