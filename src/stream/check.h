/* check.h: what a streaming query may do with its rows, as Spark's UnsupportedOperationChecker. */
#ifndef VONK_STREAM_CHECK_H
#define VONK_STREAM_CHECK_H

#include "plan/relation.h"

/* Is a stream at or below NODE, subqueries included? */
bool vonk_stream_reads(const struct vonk_node *node);
/* RESOLVED is not optimised. MODE: "append", "complete", "update". Raises STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION,
 * _LEGACY_ERROR_TEMP_3102 and others for what streams cannot do; UNSUPPORTED_FEATURE for what Spark's can and these cannot. */
STATUS vonk_stream_check(struct vonk_task *task, const struct vonk_relation *resolved, struct vonk_str mode);

#endif
