// What a route promises: its address, what it takes, what it answers and how it can fail. Pure data.
import { z } from 'zod';
import type { Endpoint } from './paths.ts';

export interface Contract<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
> extends Endpoint {
  readonly summary: string;
  readonly params: P;
  readonly query: Q;
  /** The JSON body of a route that changes something; `noBody` where nothing is sent. Never given for `get`. */
  readonly body: B;
  readonly reply: R;
  /** Catalogue codes this route may answer with, besides those of every route. */
  readonly errors: readonly string[];
}

/** For a route without a body. */
export const noBody = z.undefined();
export const nothing = z.object({});

/** Keeps the types of one contract. A `get` has no body. */
export function contract<P extends z.ZodType, Q extends z.ZodType, R extends z.ZodType>(
  c: Omit<Contract<P, Q, R>, 'body'>,
): Contract<P, Q, R, typeof noBody>;
export function contract<P extends z.ZodType, Q extends z.ZodType, R extends z.ZodType, B extends z.ZodType>(
  c: Contract<P, Q, R, B>,
): Contract<P, Q, R, B>;
export function contract(c: Omit<Contract, 'body'> & Partial<Pick<Contract, 'body'>>): Contract {
  return { ...c, body: c.body ?? noBody };
}

/** What a caller gives and gets, for the client of the UI: what is sent, before defaults are filled in. */
export type ParamsOf<C extends Contract> = z.input<C['params']>;
export type QueryOf<C extends Contract> = z.input<C['query']>;
export type BodyOf<C extends Contract> = z.input<C['body']>;
export type ReplyOf<C extends Contract> = z.output<C['reply']>;
