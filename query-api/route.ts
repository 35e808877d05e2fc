// From a contract to a handler: parse, one call, send.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Contract } from '#contracts/contract';
import { TelltaleError } from '#domain/errors';

/** An answer that is JSON already, in pieces. */
export class JsonBody<T> {
  /** The type of what it holds, for the contract. */
  declare readonly holds: T;
  readonly pieces: readonly Buffer[];
  constructor(pieces: readonly Buffer[]) {
    this.pieces = pieces;
  }
}

/** `/api/traces/:traceId` of `/api/traces/{traceId}`. */
export const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

export interface Route {
  readonly contract: Contract;
  readonly handler: RequestHandler;
}

/**
 * @param answer gets parameters and body as the contract parses them; what it throws becomes an error reply
 * (failures.ts)
 */
export function route<P extends z.ZodType, Q extends z.ZodType, R extends z.ZodType, B extends z.ZodType>(
  contract: Contract<P, Q, R, B>,
  answer: (
    params: z.output<P>,
    query: z.output<Q>,
    body: z.output<B>,
  ) => Promise<z.input<R> | JsonBody<z.input<R>>> | z.input<R>,
): Route {
  return {
    contract,
    handler: async (request, response) => {
      const { params, query, body } = parse(contract, request);
      const reply = await answer(params, query, body);
      if (reply instanceof JsonBody) await send(response, reply);
      else response.json(reply);
    },
  };
}

/** Piece by piece, as fast as it is taken. */
async function send(response: Response, { pieces }: JsonBody<unknown>): Promise<void> {
  response.type('application/json');
  await pipeline(Readable.from(pieces), response).catch((error: NodeJS.ErrnoException) => {
    // Whoever asked has gone.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

/** @throws TelltaleError bad_request that names every problem at once */
function parse<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  contract: Contract<P, Q, z.ZodType, B>,
  request: Request,
): { params: z.output<P>; query: z.output<Q>; body: z.output<B> } {
  const params = contract.params.safeParse(request.params);
  const query = contract.query.safeParse(request.query);
  const body = contract.body.safeParse(contract.method === 'get' ? undefined : request.body);
  if (params.success && query.success && body.success) {
    return { params: params.data, query: query.data, body: body.data };
  }
  const issues = [...(params.error?.issues ?? []), ...(query.error?.issues ?? [])].map((issue) =>
    describe(issue, request),
  );
  const inBody = (body.error?.issues ?? []).map(
    (issue) => `body.${issue.path.map(String).join('.')}: ${issue.message}`,
  );
  throw new TelltaleError('bad_request', [...issues, ...inBody].join('; '));
}

function describe(issue: z.core.$ZodIssue, request: Request): string {
  const name = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') return `there is no parameter named ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_type' && Array.isArray(request.query[name])) return `${name}: may be given only once`;
  return `${name}: ${issue.message}`;
}
