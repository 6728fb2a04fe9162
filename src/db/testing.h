/* testing.h - a fresh, migrated database for a test: SQLite in a temporary folder or a new PostgreSQL database, as the
 * environment variable ZHIFANG_TEST_DB says (sqlite, postgresql). PostgreSQL is reached by ZHIFANG_TEST_POSTGRESQL (a libpq
 * URI of a server where databases may be made); without it such a test fails, it is never skipped. */
#ifndef DB_TESTING_H
#define DB_TESTING_H

#include "db/db.h"

struct db *db_testing_open(struct world *world, const struct migration *all, size_t n);
/* The tables of db itself and those of a script, which is written like a migration. */
struct db *db_testing_open_with(struct world *world, const char *sql);
struct text db_testing_url(void); /* of the database opened last: to open it a second time, or from another process */
/* The same for one process that is to be killed, and a wait until its connections are gone too: what it had sent, PostgreSQL
 * may still do after it died. */
struct text db_testing_child_url(void);
void db_testing_child_gone(void);
/* PostgreSQL: a second database without any table, made anew at each call, and its end. Absent on SQLite, where a file will do. */
struct text db_testing_empty_url(void);
void db_testing_empty_gone(void);
int64_t db_testing_int(struct db *db, const char *sql); /* the first number that it answers; 0: no row */
void db_testing_run(struct db *db, const char *sql);    /* what no rule would do, by hand */
void db_testing_close(struct db *db); /* and removes it */

#endif
