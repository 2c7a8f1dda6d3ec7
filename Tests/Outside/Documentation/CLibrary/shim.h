// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Stands for a library of C that hands a communicator to Swift.
#include <mpi.h>
