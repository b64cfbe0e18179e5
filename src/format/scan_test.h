/* scan_test.h: one filter on one column's rows: pushed conjuncts and runtime filters.
 *
 * On dictionary codes a filter is evaluated once per entry, and its answers are kept for as long as the dictionary stays.
 */
#ifndef VONK_FORMAT_SCAN_TEST_H
#define VONK_FORMAT_SCAN_TEST_H

#include "format/scan.h"

struct vonk_scan_test {
  const struct vonk_scan_filter *filter;       /* one of the two */
  const struct vonk_runtime_filter *runtime;
  uint64_t dictionary_id;                      /* of the answers below */
  struct vonk_buffer *answers;                 /* a byte an entry */
  bool none_pass, all_pass;                    /* of the dictionary's entries */
};

/* Clears the bits of LIVE whose rows fail. */
STATUS vonk_scan_test_rows(struct vonk_task *task, struct vonk_scan_test *test, const struct vonk_column *column, uint32_t row_count, uint64_t *live);
void vonk_scan_test_deinit(struct vonk_scan_test *test);
/* False when no row of a part with these statistics can pass. */
bool vonk_scan_test_may_pass(const struct vonk_scan_filter *filter, const struct vonk_scan_statistics *s, uint64_t row_count);

#endif
