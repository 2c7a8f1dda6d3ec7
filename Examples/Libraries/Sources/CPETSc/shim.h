// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// PETSc's linear solvers, which bring in vectors, matrices and preconditioners.
#include <petscksp.h>
