import { expect, test } from 'vitest';
import { API } from '#contracts/api';
import { ERRORS } from '#domain/errors';
import { openApiDocument } from './openapi.ts';

interface Operation {
  operationId: string;
  parameters: { name: string; in: string; required: boolean; schema: object }[];
  responses: Record<string, { description: string; content: { 'application/json': { schema: { $ref: string } } } }>;
}
const document = openApiDocument('1.2.3') as {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};

test('every route of the contract is described with its parameters, reply and failures', () => {
  for (const [operationId, contract] of Object.entries(API)) {
    const operation = document.paths[contract.path]?.[contract.method];
    expect(operation?.operationId).toBe(operationId);
    const names = [...contract.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(operation?.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(names);
    for (const code of contract.errors) {
      const response = operation?.responses[ERRORS[code as keyof typeof ERRORS].status];
      expect(response?.description).toContain(code);
    }
    expect(operation?.responses['400']?.description).toContain('bad_request');
  }
  expect(Object.keys(document.paths)).toHaveLength(new Set(Object.values(API).map((contract) => contract.path)).size);
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
});

test('filters of the list of runs say what they mean', () => {
  const parameters = document.paths['/api/runs']?.get?.parameters ?? [];
  expect(parameters.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['from', 'to', 'q', 'status', 'attr', 'cursor']),
  );
  expect(parameters.find(({ name }) => name === 'limit')).toMatchObject({
    required: false,
    schema: { type: 'integer', default: 50, maximum: 200 },
  });
});

test('every reference in it leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(references.length).toBeGreaterThan(Object.keys(API).length);
  for (const reference of references) {
    expect(reference).toMatch(/^#\/components\/schemas\//);
    expect(document.components.schemas).toHaveProperty([reference.slice('#/components/schemas/'.length)]);
  }
});
