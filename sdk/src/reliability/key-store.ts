// Which store a call with a key uses. Keys in memory protect one process only, so they must be chosen explicitly.
import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import { misused } from '../expect.ts';
import { quietly } from '../quietly.ts';
import { shared } from '../shared-state.ts';
import { currentPipeline } from '../start.ts';
import type { IdempotencyStore } from './idempotency-store.ts';
import { MemoryKeys, memoryKeys } from './memory-keys.ts';

const keysOfTests = () => shared('keysOfTests', memoryKeys);
let wasWarned = false;

/** Set by serverless platforms, each of which runs many processes of one function. */
const SERVERLESS = ['AWS_LAMBDA_FUNCTION_NAME', 'K_SERVICE', 'FUNCTION_TARGET', 'FUNCTIONS_WORKER_RUNTIME', 'VERCEL'];
/** Set by process managers that start one program several times. */
const MANAGED = ['NODE_APP_INSTANCE', 'pm_id'];

/**
 * The store given, or the one in memory where a test left it out. Says once, through `log`, when keys in memory are used
 * in one process of several.
 * @throws TypeError when no store is given outside a test
 */
export function storeFor(usage: string, given: IdempotencyStore | undefined): IdempotencyStore {
  if (given === undefined && !isTest())
    misused(
      usage,
      'A store is missing: keys must outlive this process and be shared with others. Give fileKeys(folder), a store over your database, or memoryKeys() if one process is really all there is.',
    );
  const store = given ?? keysOfTests();
  if (store instanceof MemoryKeys) warnOfOthers();
  return store;
}

function isTest(): boolean {
  const { NODE_ENV, VITEST, JEST_WORKER_ID, NODE_TEST_CONTEXT } = process.env;
  return NODE_ENV === 'test' || Boolean(VITEST || JEST_WORKER_ID || NODE_TEST_CONTEXT);
}

function warnOfOthers(): void {
  if (wasWarned) return;
  const because = whySeveral();
  if (because === null) return;
  wasWarned = true;
  const line = `telltale: idempotency keys are in memory, and this is ${because}: another process does not see them and may do the same action again. Use fileKeys(folder) or a store over your database.`;
  const log = currentPipeline()?.settings.log ?? console.warn;
  quietly(() => log(line));
}

/** Why there are probably other processes of the same program; null when nothing says so. */
function whySeveral(): string | null {
  // The worker of a test runner; what it starts inherits its environment, but not this.
  if ('__vitest_worker__' in globalThis || Symbol.for('$$jest-matchers-object') in globalThis) return null;
  if (cluster.isWorker) return 'a worker of a cluster';
  if (!isMainThread) return 'a worker thread';
  const { env } = process;
  if (SERVERLESS.some((name) => env[name])) return 'a serverless function';
  if (MANAGED.some((name) => env[name])) return 'one of several processes of a process manager';
  return typeof process.send === 'function' ? 'a forked process' : null;
}
