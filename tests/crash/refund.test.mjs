// refund.test.mjs - the whole price back, once for each durable step of the site and of the gateway from the request on: the process
// dies by SIGKILL there and is started again, the buyer repeats what was not answered, and at the end the money went back once.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { AT_ONCE, Shop, several } from './shop.mjs';

/** Between the request and its end the gateway takes two seconds, in which jobs ask or are told: so far may two counts be apart. */
const SPREAD = 12;

const journey = (kills) => Shop.with(kills, async (shop) => {
  await shop.buy();
  const before = { site: shop.site.steps().n, gateway: shop.gateway.steps().n };
  await shop.refund();
  await shop.quiet();
  await shop.checkRefunded();
  return { before, fired: [...shop.site.fired, ...shop.gateway.fired], passed: { site: shop.site.steps().n, gateway: shop.gateway.steps().n } };
});

const counted = await several(journey);

for (const [victim, least] of [['site', 8], ['gateway', 3]]) {
  const first = Math.min(...counted.map(({ before }) => before[victim])), last = Math.max(...counted.map(({ passed }) => passed[victim]));
  const fewest = Math.min(...counted.map(({ before, passed }) => passed[victim] - before[victim]));
  const steps = Array.from({ length: last - first }, (_, i) => first + i + 1);
  const reached = [];

  describe(`a refund: the ${victim} dies`, { concurrency: AT_ONCE }, () => {
    for (const step of steps) {
      test(`at step ${step}, of ${steps[0]} to ${steps.at(-1)}`, async (t) => {
        const { fired } = await journey({ [victim]: [step] });
        t.diagnostic(fired.length ? `killed at ${fired}` : 'not reached');
        if (fired.length) reached.push(step);
      });
    }
  });

  test(`a refund, the ${victim}: nearly every step was reached`, () => {
    assert.ok(fewest >= least, `${fewest} steps`);
    assert.ok(reached.length >= fewest - SPREAD, `${reached.length} of ${fewest}`);
  });
}
