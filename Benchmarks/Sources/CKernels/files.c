// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#include "programs.h"

int c_write_file(MPI_Comm comm, const char *path, const double *block, int64_t offset, int count) {
  MPI_File file;
  int code = MPI_File_open(comm, path, MPI_MODE_CREATE | MPI_MODE_WRONLY, MPI_INFO_NULL, &file);
  if (code) return code;
  MPI_Status status;
  code = MPI_File_write_at_all(file, offset * (MPI_Offset)sizeof(double), block, count, MPI_DOUBLE, &status);
  if (!code) code = MPI_File_sync(file);
  int closed = MPI_File_close(&file);
  return code ? code : closed;
}
