/* id.h - ids are one-field structs, so that two cannot be swapped. 0 is nobody. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdint.h>

#define ID_TYPE(name)          \
	struct name {              \
		int64_t v;             \
	}

ID_TYPE(user_id);
ID_TYPE(creator_id);
ID_TYPE(category_id);
ID_TYPE(work_id);
ID_TYPE(edition_id);
ID_TYPE(blob_id);
ID_TYPE(order_id);
ID_TYPE(payment_id);
ID_TYPE(journal_id);

#endif
