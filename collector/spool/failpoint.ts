// Places where a fault test can end the process as a crash would: armed with a name, it is killed there, at once.
// TELLTALE_FAILPOINT arms one; it is no setting, and only the fault tests use it (docs/reliability.md).
export type Failpoint =
  | 'after_write'
  | 'after_sync'
  | 'after_seal'
  | 'after_insert'
  | 'after_unlink'
  | 'during_recovery'
  | 'after_quarantine'
  | 'after_check';

let armed: string | undefined;

export function armFailpoint(name: string | undefined): void {
  armed = name;
}

export function failpoint(name: Failpoint): void {
  if (armed === name) process.kill(process.pid, 'SIGKILL');
}
