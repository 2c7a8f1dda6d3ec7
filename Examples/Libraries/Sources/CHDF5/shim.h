// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// HDF5 with MPI. Its constants are macros with a cast or a call in them, which Swift does not import: a function for each
// that the program uses.
#include <hdf5.h>

static inline hid_t h5_default(void) { return H5P_DEFAULT; }
static inline hid_t h5_all(void) { return H5S_ALL; }
static inline hid_t h5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t h5_dataset_transfer(void) { return H5P_DATASET_XFER; }
static inline hid_t h5_double(void) { return H5T_NATIVE_DOUBLE; }
static inline unsigned h5_truncate(void) { return H5F_ACC_TRUNC; }
