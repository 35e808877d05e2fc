import { expect, it } from 'vitest';
import { normalizeProvider } from './provider.ts';

it.each([
  ['openai', 'openai'],
  ['openai.chat', 'openai'],
  ['openai.responses', 'openai'],
  ['azure.ai.openai', 'azure.ai.openai'],
  ['aws.bedrock', 'aws.bedrock'],
  ['gemini', 'gcp.gemini'],
  ['xai', 'x_ai'],
  ['vertex_ai', 'gcp.vertex_ai'],
  ['az.ai.other', 'azure.ai.other'],
  ['ibm.watsonx.ai', 'ibm.watsonx.ai'],
  ['google.generative-ai', 'gcp.gemini'],
  ['google.vertex.chat', 'gcp.vertex_ai'],
  ['amazon-bedrock', 'aws.bedrock'],
  ['google', 'google'],
  ['langchain', ''],
  ['Anthropic', 'anthropic'],
])('provider %s is %s', (sent, stored) => {
  expect(normalizeProvider(sent)).toBe(stored);
});
