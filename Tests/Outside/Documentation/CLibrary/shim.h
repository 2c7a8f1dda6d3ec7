// Stands for a library of C that hands a communicator to Swift.
#include <mpi.h>
