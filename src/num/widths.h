/* widths.h - loops over arrays for vectors as wide as the processor's: a function marked EACH_WIDTH has three versions, of which the one for
 * this processor is taken at start. Widths may differ by rounding where products are added. */
#ifndef NUM_WIDTHS_H
#define NUM_WIDTHS_H

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define EACH_WIDTH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EACH_WIDTH
#endif

#endif
