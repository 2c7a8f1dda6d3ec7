// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The variables of this process, all of them, which Swift can't read without being told that no other thread sets one.
#ifndef CMPI_ENVIRONMENT_H
#define CMPI_ENVIRONMENT_H

#if defined(__APPLE__)
#include <crt_externs.h>
static inline char **cmpi_environment(void) { return *_NSGetEnviron(); }
#else
extern char **environ;
static inline char **cmpi_environment(void) { return environ; }
#endif

#endif
