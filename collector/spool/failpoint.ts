// Places where a test can end the process as a power cut would: TELLTALE_FAILPOINT=name kills it there, at once. Without
// the variable nothing happens. It is no setting: only the fault tests use it (docs/reliability.md).
export type Failpoint =
  | 'after_write'
  | 'after_sync'
  | 'after_seal'
  | 'after_insert'
  | 'after_unlink'
  | 'during_recovery';

const chosen = process.env.TELLTALE_FAILPOINT;

export function failpoint(name: Failpoint): void {
  if (chosen === name) process.kill(process.pid, 'SIGKILL');
}
