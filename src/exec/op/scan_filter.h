/* scan_filter.h: conjuncts of a scan in the form formats understand. */
#ifndef VONK_EXEC_OP_SCAN_FILTER_H
#define VONK_EXEC_OP_SCAN_FILTER_H

#include "base/task.h"

struct vonk_relation_scan;
struct vonk_scan_spec;

/* SPEC gets filters for those conjuncts of PLAN that can be said so; PLACES has the scan's number of each column of PLAN (or VONK_SOURCE_METADATA); FILTER_OF[i] is the filter of conjunct i or UINT32_MAX. */
STATUS vonk_scan_filters_make(struct vonk_task *task, const struct vonk_relation_scan *plan, const uint32_t *places, struct vonk_scan_spec *spec,
                              uint32_t *filter_of);
/* Ends what the worker of TASK has of them. */
void vonk_scan_filters_close_worker(const struct vonk_scan_spec *spec, const struct vonk_task *task);

#endif
