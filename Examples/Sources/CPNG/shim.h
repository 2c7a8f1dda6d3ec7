// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// libpng's simplified interface (`png_image_…`), which reports errors by return value: Swift can't be left by `longjmp`.
#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H

#include <stdio.h>
#include <png.h>

#endif
