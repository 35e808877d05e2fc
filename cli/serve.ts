// `telltale up` and one role alone: runs until it is asked to stop.
import { ConfigError, readConfig } from '#config';
import { openBindProblem, ROLES, type Role } from '../app/roles.ts';

/** Supervisors kill after ten seconds or more. */
const STOP_WITHIN_MS = 9000;

/** Runs until a signal comes; a second one a while later ends at once. */
export async function serve(roles: readonly Role[], say: (line: string) => void): Promise<void> {
  const config = readConfig(process.env);
  if (roles.length < ROLES.length && config.CLICKHOUSE_URL === undefined) {
    throw new ConfigError([
      'CLICKHOUSE_URL: one role alone needs a ClickHouse server that the other roles share. Use `telltale up` for everything in one process.',
    ]);
  }
  const problem = openBindProblem(config, roles);
  if (problem !== null) throw new ConfigError([problem]);
  const hasParent = process.connected;
  const { startRoles } = await import('../app/run-roles.ts');
  const running = await startRoles(config, roles, say);
  let stoppingSinceMs: number | null = null;
  const stop = () => {
    if (stoppingSinceMs !== null) {
      // Ctrl-C reaches the whole process group and is also forwarded by the parent, so it arrives twice: count it once.
      if (Date.now() - stoppingSinceMs > 1000) process.exit(1);
      return;
    }
    stoppingSinceMs = Date.now();
    // Requests that still wait for storage or for a reader have had their time. What was acknowledged is on disk.
    setTimeout(() => {
      console.error(
        'telltale: stopping takes too long; ending now. What is in the spool is inserted at the next start.',
      );
      // With the embedded engine open, a normal exit may wait for it forever.
      if (config.CLICKHOUSE_URL === undefined) process.kill(process.pid, 'SIGKILL');
      process.exit(0);
    }, STOP_WITHIN_MS).unref();
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error('telltale: stopping failed:', error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // The parent (deploy/start.mjs) is gone, perhaps killed: no one could stop this process any more.
  process.on('disconnect', stop);
  if (hasParent && !process.connected) stop();
}
