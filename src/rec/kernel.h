/* kernel.h - for the files whose loops over arrays cost: a function marked KERNEL has three versions, the one for this processor is taken at
 * start. Includes stand above this one, since what stands below it is compiled for vectors: no rounding differs by that, but
 * errno is not set and no exception flag is meant. */
#ifndef REC_KERNEL_H
#define REC_KERNEL_H

#if defined __x86_64__
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL
#endif

#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize("O3", "no-math-errno", "no-trapping-math")
#endif

#endif
