// How long and how many: the limits of the OTLP endpoints, and what HTTP and gRPC share of them.
import type { Socket } from 'node:net';
import { RefusedError } from '../decode/refused.ts';
import { BodyBudget } from './body-budget.ts';

/** Exporters give up after 10 s, so an answer must come before. */
export interface Limits {
  /** For the head of a request; over gRPC for the greeting of a connection. */
  readonly headersTimeoutMs: number;
  /** HTTP: for a whole request. */
  readonly requestTimeoutMs: number;
  /** HTTP: how long a connection without a request stays open. */
  readonly keepAliveTimeoutMs: number;
  readonly checkIntervalMs: number;
  /** From a request's head to its answer. A request whose body has not arrived by then is closed. */
  readonly deadlineMs: number;
  /** Of both endpoints together. */
  readonly maxConnections: number;
  /** Requests under way, of both endpoints together. */
  readonly maxRequests: number;
  /** gRPC: calls at one time on one connection. */
  readonly maxStreams: number;
  /** gRPC: a peer is asked this often whether it is still there, and has `keepAliveAnswerMs` to answer. */
  readonly keepAliveMs: number;
  readonly keepAliveAnswerMs: number;
  /** gRPC: a connection without a call for this long is asked to go. */
  readonly idleMs: number;
}

export const LIMITS: Limits = {
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 15_000,
  keepAliveTimeoutMs: 65_000,
  checkIntervalMs: 1_000,
  deadlineMs: 9_000,
  maxConnections: 8_192,
  maxRequests: 8_192,
  maxStreams: 32,
  keepAliveMs: 60_000,
  keepAliveAnswerMs: 10_000,
  idleMs: 600_000,
};

/** What is counted over all endpoints: bytes of bodies, connections, requests under way. */
export class SharedLimits {
  readonly budget: BodyBudget;
  readonly #maxConnections: number;
  readonly #maxRequests: number;
  #connections = 0;
  #requests = 0;

  constructor(limits: Partial<Limits> = {}, budget = new BodyBudget()) {
    this.budget = budget;
    this.#maxConnections = limits.maxConnections ?? LIMITS.maxConnections;
    this.#maxRequests = limits.maxRequests ?? LIMITS.maxRequests;
  }

  get connections(): number {
    return this.#connections;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Counts a connection until it is closed; closes it at once when there are too many. @returns whether it may stay */
  admit(socket: Socket): boolean {
    if (this.#connections >= this.#maxConnections) {
      socket.destroy();
      return false;
    }
    this.#connections++;
    socket.once('close', () => this.#connections--);
    return true;
  }

  /**
   * Counts a request.
   * @returns a function to call once when it is over
   * @throws RefusedError 503 when too many are under way
   */
  begin(): () => void {
    if (this.#requests >= this.#maxRequests)
      throw new RefusedError(503, 'Too many requests at once; send again shortly.');
    this.#requests++;
    return () => {
      this.#requests--;
    };
  }
}
