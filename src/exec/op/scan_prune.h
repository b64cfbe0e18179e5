/* scan_prune.h: files ruled out by their partition columns. */
#ifndef VONK_EXEC_OP_SCAN_PRUNE_H
#define VONK_EXEC_OP_SCAN_PRUNE_H

#include "base/task.h"

struct vonk_relation_scan;
struct vonk_scan_spec;

/* SPEC keeps the files whose partition values pass PLAN's filters. */
STATUS vonk_scan_prune_files(struct vonk_task *task, const struct vonk_relation_scan *plan, struct vonk_scan_spec *spec);

#endif
