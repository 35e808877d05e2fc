import { expect, it } from 'vitest';
import { normaliseProvider } from './provider.ts';

it.each([
  ['openai', 'openai'],
  ['openai.chat', 'openai'],
  ['openai.responses', 'openai'],
  ['azure.ai.openai', 'azure.ai.openai'],
  ['aws.bedrock', 'aws.bedrock'],
  ['gemini', 'gcp.gemini'],
  ['xai', 'x_ai'],
  ['Anthropic', 'anthropic'],
])('provider %s is %s', (sent, stored) => {
  expect(normaliseProvider(sent)).toBe(stored);
});
