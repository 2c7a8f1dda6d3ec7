// What the system has and Swift can't see everywhere: the C library declares it for GNU's sources alone.
#ifndef CMPI_SYSTEM_H
#define CMPI_SYSTEM_H

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

// The cores that the calling thread may run on, a bit each: the number of bytes that were filled, or -1.
static inline long cmpi_get_affinity(unsigned long *mask, unsigned long length) {
  return syscall(SYS_sched_getaffinity, 0, length, mask);
}
#endif

#endif
