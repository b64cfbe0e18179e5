/* optimizer.h: makes a resolved plan cheaper, and free of what operators cannot run (subqueries, lateral joins).
 *
 * The rules of rule/registry.def run once each in its order. With vonk.optimizer.enabled=false only the required ones run;
 * vonk.optimizer.excludedRules leaves named ones out, but never a required one. The answer is a new plan on the task's
 * arena with the same columns (ids, names, order) at its root; IN is not changed.
 *
 * estimated_rows is set everywhere.
 */
#ifndef VONK_OPT_OPTIMIZER_H
#define VONK_OPT_OPTIMIZER_H

#include "conf/conf.h"
#include "plan/relation.h"

STATUS vonk_optimize(struct vonk_task *task, const struct vonk_conf *conf, struct vonk_relation *in, struct vonk_relation **out);

struct opt;

/* One rule: a const struct of a file in rule/. */
struct vonk_rule {
  const char *name;
  const char *doc;    /* one sentence */
  bool required;      /* plans do not run without it */
  STATUS (*apply)(struct opt *o, struct vonk_relation *in, struct vonk_relation **out);
};

/* All rules in their order, NULL at the end. */
extern const struct vonk_rule *const vonk_rules[];

#endif
