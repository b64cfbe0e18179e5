/* budget.h: the tree of memory budgets: process, session, query, operator.
 *
 * Everything data-sized is charged to a budget; a charge climbs to the root, and the root's limit is hard. When the root
 * refuses, registered reclaimers are asked first (caches), in the order of their priority; then the charge fails with
 * VONK_NO_MEMORY, the signal to spill. All calls are thread-safe.
 */
#ifndef VONK_BASE_BUDGET_H
#define VONK_BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct vonk_budget;

/* PARENT NULL makes a root. LIMIT 0 means none of its own. NAME is borrowed and must outlive it. */
struct vonk_budget *vonk_budget_create(struct vonk_budget *parent, const char *name, uint64_t limit_bytes);
/* All must have been released (asserted). Takes NULL. */
void vonk_budget_destroy(struct vonk_budget *budget);

/* Fails with VONK_NO_MEMORY and charges nothing when a limit on the way up would be passed. */
STATUS vonk_budget_charge(struct vonk_budget *budget, uint64_t bytes);
/* Charges past the limit; for small things that cannot be refused (arenas, the spill path, which has a reserve). */
void vonk_budget_charge_force(struct vonk_budget *budget, uint64_t bytes);
void vonk_budget_release(struct vonk_budget *budget, uint64_t bytes);

uint64_t vonk_budget_used(const struct vonk_budget *budget);
uint64_t vonk_budget_peak(const struct vonk_budget *budget);
uint64_t vonk_budget_limit(const struct vonk_budget *budget);
/* Bytes of the last charge through BUDGET that was refused; for the error that tells the user. */
uint64_t vonk_budget_refused(const struct vonk_budget *budget);
/* What the tightest limit on the way up still leaves, after what reclaimers could give back. */
uint64_t vonk_budget_available(const struct vonk_budget *budget);

/* Asked to free about BYTES; returns what it freed. BYTES 0 asks what it could free, and frees nothing. Called without locks held by the caller's budget path; must not charge. */
typedef uint64_t vonk_budget_reclaim(void *object, uint64_t bytes);
/* On a root: lower PRIORITY is asked first. */
void vonk_budget_add_reclaimer(struct vonk_budget *root, int priority, vonk_budget_reclaim *reclaim, void *object);
void vonk_budget_remove_reclaimer(struct vonk_budget *root, void *object);

/* Test aid: the N-th charge from now on fails (0 = off). "Force spill" mode fails every n-th. */
void vonk_budget_fail_nth(struct vonk_budget *root, uint64_t nth, bool repeat);

#endif
