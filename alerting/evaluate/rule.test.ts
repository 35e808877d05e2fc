// Which rule a pattern goes by: names of any length, as rules name them and as they are stored.
import { expect, it } from 'vitest';
import { ruleSchema } from '#contracts/rule';
import { storedName } from '#storage/native/cut-name';
import { firstFor } from './rule.ts';

/** As many characters as a rule takes, and more bytes than a name is stored with. */
const LONG = '漢'.repeat(190);
const TRAITS = { agent: storedName(LONG), service: storedName(`${LONG}s`), errorType: storedName(`${LONG}e`) };

it.each([
  [{ agents: [LONG] }, true],
  [{ services: [`${LONG}s`] }, true],
  [{ errorTypes: [`${LONG}e`] }, true],
  [{ errorTypes: [storedName(`${LONG}e`)] }, true],
  [{ agents: [`${LONG}x`] }, false],
  [{ services: [LONG] }, false],
  [{ errorTypes: [LONG] }, false],
])('a rule narrowed to names that are stored cut: case %#', (where, fits) => {
  const rule = ruleSchema.parse({ id: 'one', kind: 'similar_errors', name: 'One', where });
  expect(firstFor([rule], TRAITS)).toBe(fits ? rule : null);
});
