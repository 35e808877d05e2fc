// The API described in OpenAPI 3.1, made from the same contracts that parse the requests.
import { z } from 'zod';
import { API, errorReplySchema } from '#contracts/api';
import type { Contract } from '#contracts/contract';
import { ERRORS, type ErrorCode } from '#domain/errors';

type Json = Record<string, unknown>;

/** Codes that any route may answer with. */
const ALWAYS: readonly string[] = [
  'bad_request',
  'wrong_origin',
  'not_json',
  'wrong_host',
  'storage_busy',
  'storage_failed',
  'internal',
];

export function openApiDocument(version: string): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  for (const [operationId, contract] of Object.entries(API as Readonly<Record<string, Contract>>)) {
    const path = paths[contract.path] ?? {};
    paths[contract.path] = { ...path, [contract.method]: operation(operationId, contract, components) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Telltale',
      version,
      description: 'What did the agent do, why did it decide so, and what state is it in.',
    },
    paths,
    components: { schemas: components.schemas },
  };
}

/** JSON schemas by name. A schema that refers to itself becomes a component of its own. */
class Components {
  readonly schemas: Record<string, unknown> = {};

  add(name: string, schema: z.ZodType, io: 'input' | 'output' = 'output'): Json {
    const prefix = `${name}.`;
    const { $schema: _, $defs = {}, ...whole } = z.toJSONSchema(schema, { io });
    const moved = (json: unknown): unknown =>
      JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', `"#/components/schemas/${prefix}`));
    for (const [key, definition] of Object.entries($defs)) this.schemas[`${prefix}${key}`] = moved(definition);
    this.schemas[name] = moved(whole);
    return { $ref: `#/components/schemas/${name}` };
  }
}

function operation(operationId: string, contract: Contract, components: Components): Json {
  const replyName = `${operationId[0]?.toUpperCase()}${operationId.slice(1)}Reply`;
  return {
    operationId,
    summary: contract.summary,
    parameters: [...parameters(contract.params, 'path'), ...parameters(contract.query, 'query')],
    ...requestBody(contract, components, operationId),
    responses: {
      200: { description: 'The answer', content: json(components.add(replyName, contract.reply)) },
      ...errorResponses([...contract.errors, ...ALWAYS], components.add('Error', errorReplySchema)),
    },
  };
}

/** A route that takes no body says nothing of one. */
function requestBody({ body, method }: Contract, components: Components, operationId: string): Json {
  if (method === 'get' || body instanceof z.ZodUndefined) return {};
  const name = `${operationId[0]?.toUpperCase()}${operationId.slice(1)}Body`;
  return { requestBody: { required: true, content: json(components.add(name, body, 'input')) } };
}

function parameters(schema: z.ZodType, place: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as Json;
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

/** One response per status, naming the codes and what to do about them. */
function errorResponses(codes: readonly string[], schema: Json): Json {
  const byStatus: Record<string, string[]> = {};
  for (const code of new Set(codes)) {
    const { status, hint } = ERRORS[code as ErrorCode];
    byStatus[status] = [...(byStatus[status] ?? []), `${code}: ${hint}`];
  }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, lines]) => [
      status,
      { description: lines.join('\n'), content: json(schema) },
    ]),
  );
}

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}
