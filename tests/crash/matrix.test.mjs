// matrix.test.mjs - a purchase from the sign-up to the open course, once for each durable step of the site and of the gateway:
// the process dies by SIGKILL there and is started again, the buyer repeats what was not answered, and at the end everything is
// there once. Steps are counted first. Jobs run beside the buyer, so the count differs a little from run to run: a kill point
// that a run never reached is said to be so, and most must have been reached.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { AT_ONCE, Shop, several } from './shop.mjs';

/** Commits of one moment may be one: so far may two counts of the same journey be apart. */
const SPREAD = 6;

const journey = (kills) => Shop.with(kills, async (shop) => {
  await shop.buy();
  await shop.quiet();
  await shop.checkBooks();
  return { fired: [...shop.site.fired, ...shop.gateway.fired], passed: { site: shop.site.steps().n, gateway: shop.gateway.steps().n } };
});

const counted = await several(journey);

for (const [victim, least] of [['site', 20], ['gateway', 10]]) {
  const counts = counted.map(({ passed }) => passed[victim]), fewest = Math.min(...counts);
  const steps = Array.from({ length: Math.max(...counts) }, (_, i) => i + 1);
  const reached = [];

  describe(`the ${victim} dies`, { concurrency: AT_ONCE }, () => {
    for (const step of steps) {
      test(`at step ${step} of ${steps.length}`, async (t) => {
        const { fired } = await journey({ [victim]: [step] });
        t.diagnostic(fired.length ? `killed at ${fired}` : 'not reached');
        if (fired.length) reached.push(step);
      });
      // the second crash comes at each step of the recovery, until one is not reached any more
      if (process.env.CRASH_PAIRS) test(`at step ${step} and again while it recovers`, async (t) => {
        for (let second = 1, fired = [0, 0]; fired.length === 2; second++) {
          ({ fired } = await journey({ [victim]: [step, second] }));
          t.diagnostic(`killed at ${fired.join(', then ')}`);
        }
      });
    }
  });

  test(`the ${victim}: nearly every step was reached`, () => {
    assert.ok(fewest >= least, `${fewest} steps`);
    assert.ok(reached.length >= fewest - SPREAD, `${reached.length} of ${counts.join(', ')}`);
  });
}
