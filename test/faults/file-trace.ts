// What a process does to the files of one folder, in order, and what a disk may hold of it after the power went: what was
// synced is there; of the rest any beginning may be, in the order it was done, the last write in part, or as zeros.
import { promises as fs } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

export type FileOp =
  | { readonly kind: 'create' | 'sync' | 'unlink'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly length: number }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'sync folder' };

/** Records what is done through `node:fs/promises` below `dir` until `stop`. Only what the spool uses. */
export function traceFiles(dir: string): { readonly ops: FileOp[]; stop(): void } {
  const root = resolve(dir);
  const ops: FileOp[] = [];
  const { open, unlink, rename } = fs;
  const isInside = (path: unknown): path is string => resolve(String(path)).startsWith(`${root}/`);
  fs.open = async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    const name = resolve(String(path));
    if (name === root) {
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        await sync();
        ops.push({ kind: 'sync folder' });
      };
    }
    if (!isInside(path)) return handle;
    if (String(flags).startsWith('w')) ops.push({ kind: 'create', path: name });
    const { write, datasync, truncate } = handle;
    handle.write = (async (body: Buffer, from: number, length: number, at: number) => {
      ops.push({ kind: 'write', path: name, at, bytes: Buffer.from(body.subarray(from, from + length)) });
      return (write as (...given: unknown[]) => unknown).call(handle, body, from, length, at);
    }) as typeof handle.write;
    handle.datasync = async () => {
      await datasync.call(handle);
      ops.push({ kind: 'sync', path: name });
    };
    handle.truncate = async (length = 0) => {
      await truncate.call(handle, length);
      ops.push({ kind: 'truncate', path: name, length });
    };
    return handle;
  };
  fs.unlink = async (path) => {
    if (isInside(path)) ops.push({ kind: 'unlink', path: resolve(path) });
    return unlink(path);
  };
  fs.rename = async (from, to) => {
    if (isInside(from)) ops.push({ kind: 'rename', path: resolve(from), to: resolve(String(to)) });
    return rename(from, to);
  };
  syncBuiltinESMExports();
  return {
    ops,
    stop() {
      Object.assign(fs, { open, unlink, rename });
      syncBuiltinESMExports();
    },
  };
}

type Content = Extract<FileOp, { kind: 'write' | 'truncate' }>;
interface OnDisk {
  synced: Buffer;
  pending: Content[];
}

/** The files that a disk may hold when the power goes after these operations, by path. */
export function afterPowerLoss(ops: readonly FileOp[], random: () => number): Map<string, Buffer> {
  // Names are entries of the folder: what was done to them since it was last synced may be lost from the end on.
  const syncedAt = ops.findLastIndex(({ kind }) => kind === 'sync folder');
  const isName = ({ kind }: FileOp) => kind === 'create' || kind === 'unlink' || kind === 'rename';
  const unsynced = ops.map((op, index) => ({ op, index })).filter(({ op, index }) => index > syncedAt && isName(op));
  const namesUntil = unsynced[Math.floor(random() * (unsynced.length + 1))]?.index ?? ops.length;
  const names = new Map<string, OnDisk>();
  const files = new Map<string, OnDisk>();
  ops.forEach((op, index) => {
    if (op.kind === 'sync folder') return;
    if (op.kind === 'create') files.set(op.path, { synced: Buffer.alloc(0), pending: [] });
    const file = files.get(op.path);
    if (op.kind === 'rename' && file !== undefined) files.set(op.to, file);
    if (isName(op) && index < namesUntil) {
      if (op.kind !== 'create') names.delete(op.path);
      if (file !== undefined && op.kind !== 'unlink') names.set(op.kind === 'rename' ? op.to : op.path, file);
    }
    if (file === undefined) return;
    if (op.kind === 'write' || op.kind === 'truncate') file.pending.push(op);
    if (op.kind === 'sync') {
      file.synced = file.pending.reduce(applied, file.synced);
      file.pending = [];
    }
  });
  return new Map([...names].map(([path, file]) => [path, crashed(file, random)]));
}

function crashed({ synced, pending }: OnDisk, random: () => number): Buffer {
  const kept = Math.floor(random() * (pending.length + 1));
  const whole = pending.slice(0, kept).reduce(applied, synced);
  const next = pending[kept];
  if (next?.kind !== 'write') return whole;
  const part = next.bytes.subarray(0, Math.floor(random() * (next.bytes.length + 1)));
  // The length may reach the disk before the data does.
  return applied(whole, { ...next, bytes: random() < 0.3 ? Buffer.alloc(part.length) : part });
}

function applied(before: Buffer, op: Content): Buffer {
  if (op.kind === 'truncate') return before.subarray(0, op.length);
  const after = Buffer.alloc(Math.max(before.length, op.at + op.bytes.length));
  before.copy(after);
  op.bytes.copy(after, op.at);
  return after;
}
