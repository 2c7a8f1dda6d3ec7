// PETSc's linear solvers, which bring in vectors, matrices and preconditioners.
#include <petscksp.h>
