// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// FFTW over MPI. pkg-config knows fftw3 alone, so the module map links fftw3_mpi.
#include <fftw3-mpi.h>
