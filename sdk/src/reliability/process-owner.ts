// Who holds a lock, a claim or a file: a process that others can check. A PID alone is not enough, since systems
// reuse the PIDs of processes that ended.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Owner {
  /** The machine since its last start, and the container: process numbers mean something within one only. */
  host: string;
  pid: number;
  /** When the process started, in ticks since the machine did; '' where the system does not say. */
  started: string;
  /** This copy of the SDK: a process may hold several, one for each worker thread or bundle. */
  instance: string;
}

const instance = randomUUID().slice(0, 8);
let self: Owner | undefined;

export function thisOwner(): Owner {
  self ??= { host: hostId(), pid: process.pid, started: startOf(process.pid) ?? '', instance };
  return self;
}

export function isThis(owner: Owner): boolean {
  return isThisProcess(owner) && owner.instance === instance;
}

/**
 * Whether the owner is gone for sure: its process ended, or another one has its number now. null when that cannot be known
 * from here: it is on another machine or in another container, or is another thread of this process.
 */
export function isGone(owner: Owner): boolean | null {
  if (owner.host !== thisOwner().host) return null;
  if (isThisProcess(owner)) return owner.instance === instance ? false : null;
  if (owner.pid === process.pid) return true;
  if (!exists(owner.pid)) return true;
  const started = startOf(owner.pid);
  // PIDs are reused, and without a start time the owner of this one is unknown.
  return started === null || owner.started === '' ? null : started !== owner.started;
}

function isThisProcess(owner: Owner): boolean {
  const me = thisOwner();
  return owner.host === me.host && owner.pid === me.pid && owner.started === me.started;
}

/** For the name of a file: letters, digits and dots. */
export function writeOwner({ host, pid, started, instance: copy }: Owner): string {
  return [host, pid, started, copy].join('.');
}

/** null when it is no owner as `writeOwner` writes it. */
export function readOwner(text: string): Owner | null {
  const match = /^([\da-f]{16})\.(\d{1,10})\.(\d*)\.([\da-f]{8})$/.exec(text);
  if (match === null) return null;
  const [, host = '', pid = '', started = '', copy = ''] = match;
  return { host, pid: Number(pid), started, instance: copy };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat (proc(5)); null where there is none, `gone` for what only waits to be collected. */
function startOf(pid: number): string | null {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (stat === null) return null;
  // The name of the program is in parentheses, and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'gone' : (fields[19] ?? null);
}

function hostId(): string {
  const parts = [
    hostname(),
    read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()) ?? '',
    read(() => readlinkSync('/proc/self/ns/pid')) ?? '',
  ];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

function read(file: () => string): string | null {
  try {
    return file();
  } catch {
    return null;
  }
}
