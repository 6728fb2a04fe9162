/* insight.h - how the shop does: visits, orders, money, what is finished. Reads what other rooms wrote, and writes nothing. */
#ifndef INSIGHT_INSIGHT_H
#define INSIGHT_INSIGHT_H

#include "serve/serve.h"

extern const struct module insight_module;

#endif
