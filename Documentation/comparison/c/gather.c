#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank, size;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);

  int count = rank + 1;
  double *mine = malloc(count * sizeof *mine);
  for (int i = 0; i < count; i++) mine[i] = rank;

  // count
  int *counts = NULL, *offsets = NULL;
  double *all = NULL;
  if (rank == 0) counts = malloc(size * sizeof *counts);
  MPI_Gather(&count, 1, MPI_INT, counts, 1, MPI_INT, 0, MPI_COMM_WORLD);
  if (rank == 0) {
    offsets = malloc((size + 1) * sizeof *offsets);
    offsets[0] = 0;
    for (int r = 0; r < size; r++) offsets[r + 1] = offsets[r] + counts[r];
    all = malloc(offsets[size] * sizeof *all);
  }
  MPI_Gatherv(mine, count, MPI_DOUBLE, all, counts, offsets, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  // end

  if (rank == 0) {
    for (int r = 0; r < size; r++) {
      printf("rank %d gave [", r);
      for (int i = offsets[r]; i < offsets[r + 1]; i++) printf(i == offsets[r] ? "%.1f" : ", %.1f", all[i]);
      printf("]\n");
    }
  }
  free(mine);
  // count
  free(all);
  free(offsets);
  free(counts);
  // end
  MPI_Finalize();
}
