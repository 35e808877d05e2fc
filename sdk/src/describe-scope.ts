// describeScope(): an agent's scope as a document that people can read, correct and approve without reading code.

import type { DefinedAgent } from './define-agent.ts';
import { jsonSchemaOf, schemaInWords } from './describe-scope-schema.ts';
import { expectOptions } from './expect.ts';
import { type AgentDefinition, targetOf } from './scope-definition.ts';
import type { AnySchema } from './scope-schema.ts';

/**
 * The scope in plain language, as Markdown. It depends on the definition only and is the same text every time, so that it
 * can be kept beside the code and a change of it shows in review. Schemas of zod 4.2 and all others that convert to JSON
 * Schema (https://standardschema.dev/json-schema) are described; for the rest it says that they are checked by code.
 */
export function describeScope(agent: DefinedAgent | AgentDefinition): string {
  expectOptions('describeScope(agent)', agent);
  const definition = 'definition' in agent ? agent.definition : agent;
  const { name, version, purpose } = definition;
  const sections = [
    `# What ${name} may do`,
    [version === undefined ? '' : `Version ${version}.`, sentence(purpose ?? '')].filter(Boolean).join(' '),
    '## What it takes on',
    takesOn(definition),
    '## What it gives back',
    givesBack(definition),
    '## What it may use',
    mayUse(definition),
    '## How far it may go',
    limitsOf(definition),
    '## When it stops by itself',
    stopsWhen(definition),
    '## What happens when it stops',
    escalationOf(definition),
    '## Approval',
    `Approved by: ____________________   Date: ____________   For: ${[name, version].filter(Boolean).join(' ')}`,
  ];
  return `${sections.filter((part) => part !== '').join('\n\n')}\n`;
}

function takesOn({ accepts }: AgentDefinition): string {
  if (accepts === undefined) return 'Anything: no form is set for what it is given.';
  return form(accepts, 'input', 'It takes', 'Anything else is turned away before any work is done.');
}

function givesBack({ produces }: AgentDefinition): string {
  if (produces === undefined) return 'Anything: no form is set for its answers.';
  return form(produces, 'output', 'It gives', 'An answer of any other form is held back, and nobody gets it.');
}

function form(schema: AnySchema, side: 'input' | 'output', lead: string, rest: string): string {
  const json = jsonSchemaOf(schema, side);
  if (json === null)
    return `${lead} what a check written in code accepts; it cannot be described in words here. ${rest}`;
  const { phrase, lines } = schemaInWords(json);
  return [`${lead} ${phrase}${lines.length > 0 ? ':' : '.'}`, ...lines, '', rest].join('\n').replace('\n\n\n', '\n\n');
}

function mayUse({ mayCall }: AgentDefinition): string {
  if (mayCall.length === 0) return 'No tools and no other agents. The moment it tries to use one, it is stopped.';
  const lines = mayCall.map((each) => {
    if (typeof each === 'string' || each.does === undefined) return `- ${typeof each === 'string' ? each : each.name}`;
    return `- ${each.name}: ${each.does}`;
  });
  return [
    'Only these tools and agents:',
    ...lines,
    '',
    'The moment it tries to use anything else, it is stopped.',
  ].join('\n');
}

function limitsOf({ limits = {}, prices }: AgentDefinition): string {
  const lines = [
    ...(limits.steps === undefined
      ? []
      : [
          `- at most ${count(limits.steps, 'step')} (a step is a call of a tool, a model or another agent, a search or a decision; every retry counts)`,
        ]),
    ...(limits.costUsd === undefined ? [] : [`- at most ${limits.costUsd} US dollars${counted(prices)}`]),
    ...(limits.timeMs === undefined ? [] : [`- at most ${duration(limits.timeMs)}`]),
  ];
  if (lines.length === 0) return 'No limit is set for steps, cost or time.';
  return ['For one request:', ...lines].join('\n');
}

/** The models whose cost is computed from `prices`. */
function counted(prices: AgentDefinition['prices']): string {
  const models = Object.keys(prices ?? {});
  return models.length === 0 ? '' : ` (the tokens of ${models.join(', ')} are counted by their price)`;
}

function stopsWhen({ stopWhen = {} }: AgentDefinition): string {
  const words = Object.keys(stopWhen);
  if (words.length === 0) return 'No condition is set beyond the limits above.';
  return [
    'It looks before every step, and once more before it answers. It stops when:',
    ...words.map((each) => `- ${each}`),
  ].join('\n');
}

function escalationOf({ name, escalateTo }: AgentDefinition): string {
  if (escalateTo === undefined) return 'It stops where it is and says why in its record. Nobody is notified.';
  const { target, targetType } = targetOf(escalateTo);
  const who = { human: target, agent: `${target}, another agent,`, queue: `${target}, a queue that people work on,` }[
    targetType
  ];
  const asked = typeof escalateTo === 'string' ? undefined : escalateTo.asked;
  const what = asked === undefined ? 'what is asked of them' : `this request: "${asked}"`;
  return `It stops where it is, and ${who} gets why it stopped, its last decision, what it was working on, ${what}, and a link to everything ${name} did.`;
}

function duration(ms: number): string {
  if (ms % 60_000 === 0) return count(ms / 60_000, 'minute');
  return ms < 1000 ? count(ms, 'millisecond') : count(ms / 1000, 'second');
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function sentence(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}
