// The LLM is called only when its price is known: without one no budget could be enforced.
import { expect, test } from 'vitest';
import { readConfig } from '#config';
import { modelProblem } from './model-writer.ts';

const problem = (env: Record<string, string>) => modelProblem(readConfig(env));

test.each<[string, Record<string, string>, boolean]>([
  ['no key: nothing is wanted', {}, true],
  ['the default model at its maker', { OPENAI_API_KEY: 'k' }, true],
  ['a dated name of a known model', { OPENAI_API_KEY: 'k', TELLTALE_SUMMARY_MODEL: 'gpt-4o-mini-2024-07-18' }, true],
  ['an unknown model', { OPENAI_API_KEY: 'k', TELLTALE_SUMMARY_MODEL: 'brand-new' }, false],
  ['a known name at another server', { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' }, false],
  ['a price that is set', { OPENAI_API_KEY: 'k', TELLTALE_SUMMARY_MODEL: 'own', TELLTALE_SUMMARY_PRICE: '0/0' }, true],
])('%s', (_, env, isFine) => {
  if (isFine) expect(problem(env)).toBeNull();
  else expect(problem(env)).toContain('set TELLTALE_SUMMARY_PRICE');
});
