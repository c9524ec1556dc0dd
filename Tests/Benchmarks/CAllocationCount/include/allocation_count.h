// Counts every allocation of the process it is linked into.
#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

// Calls of malloc, calloc, realloc, aligned_alloc and posix_memalign so far.
unsigned long allocation_count(void);

#endif
