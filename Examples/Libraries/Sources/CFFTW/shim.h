// FFTW over MPI. pkg-config knows fftw3 alone, so the module map links fftw3_mpi.
#include <fftw3-mpi.h>
