// Which managed prompt a step was given, whatever the dialect calls it. Pure.
import type { SpanDetail } from '#contracts/span';
import { at, firstText, own, parsed, type Read, textOf } from './foreign-values.ts';

const PROMPT_NAMES = [
  'gen_ai.prompt.name',
  'langfuse.observation.prompt.name',
  'traceloop.prompt.key',
  'prompt.id',
  'gen_ai.prompt.id',
  'ai.telemetry.metadata.promptName',
  'ai.telemetry.metadata.promptId',
  'ai.telemetry.metadata.prompt_id',
  'ai.settings.context.promptId',
  'langsmith.metadata.prompt_name',
  'langsmith.metadata.promptName',
  'langsmith.metadata.promptId',
  'langsmith.metadata.lc_hub_repo',
];
const PROMPT_VERSIONS = [
  'gen_ai.prompt.version',
  'langfuse.observation.prompt.version',
  'traceloop.prompt.version_name',
  'traceloop.prompt.version',
  'llm.prompt_template.version',
  'ai.telemetry.metadata.promptVersion',
  'ai.settings.context.promptVersion',
  'langsmith.metadata.prompt_version',
  'langsmith.metadata.promptVersion',
  'langsmith.metadata.lc_hub_commit_hash',
];
/** Attributes that hold `{name, version}` or `{id, version}` as JSON. */
const PROMPT_OBJECTS: readonly (readonly [key: string, path: readonly string[]])[] = [
  ['ai.telemetry.metadata.langfusePrompt', []],
  ['langfuse.observation.metadata.langfusePrompt', []],
  ['span_data', ['_response', 'prompt']],
  ['span_data', ['response', 'prompt']],
  ['llm.invocation_parameters', ['prompt']],
  ['response.prompt', []],
];

/** Its name and version; null when none is named. */
export function promptOf(read: Read): SpanDetail['prompt'] {
  const name = firstText(read, PROMPT_NAMES);
  const version = firstText(read, PROMPT_VERSIONS);
  if (name !== null || version !== null) return { name, version };
  for (const [key, path] of PROMPT_OBJECTS) {
    const value = read(key);
    if (value === undefined) continue;
    const prompt = at(parsed(value), path);
    const named = { name: textOf(own(prompt, 'name') ?? own(prompt, 'id')), version: textOf(own(prompt, 'version')) };
    if (named.name !== null) return named;
  }
  return null;
}
