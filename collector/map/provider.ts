// Names of model providers, brought to the values of `gen_ai.provider.name`.

const RENAMED: ReadonlyMap<string, string> = new Map([
  ['vertex_ai', 'gcp.vertex_ai'],
  ['gemini', 'gcp.gemini'],
  ['az.ai.inference', 'azure.ai.inference'],
  ['az.ai.openai', 'azure.ai.openai'],
  ['xai', 'x_ai'],
  ['aws_bedrock', 'aws.bedrock'],
  ['bedrock', 'aws.bedrock'],
  // A framework is not a provider.
  ['langchain', ''],
  ['langgraph', ''],
]);

/** What the AI SDK calls providers whose names have more than one part, whatever follows. */
const PREFIXES: readonly (readonly [prefix: string, name: string])[] = [
  ['google.vertex', 'gcp.vertex_ai'],
  ['google-vertex', 'gcp.vertex_ai'],
  ['google.generative-ai', 'gcp.gemini'],
  ['amazon-bedrock', 'aws.bedrock'],
];

/** `openai.chat` is the provider openai; `azure.ai.openai` is whole. Old names become today's. */
export function normalizeProvider(value: string): string {
  const lower = value.trim().toLowerCase();
  const renamed = RENAMED.get(lower);
  if (renamed !== undefined) return renamed;
  if (/^(azure|gcp|aws|ibm)\./.test(lower)) return lower;
  if (lower.startsWith('az.ai.')) return `azure.ai.${lower.slice('az.ai.'.length)}`;
  const dot = lower.indexOf('.');
  if (dot < 0 && !lower.includes('-')) return lower;
  for (const [prefix, name] of PREFIXES) if (lower.startsWith(prefix)) return name;
  return dot > 0 ? lower.slice(0, dot) : lower;
}
