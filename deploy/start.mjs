#!/usr/bin/env node
// The command `telltale`: installs and builds what is missing, then runs the bundled program with the environment it
// needs from the start. `--script FILE` runs a TypeScript file of the repository instead.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isScript, readArguments } from './scripts.mjs';
import { build, checkNode, fail, installPackages, ROOT } from './setup.mjs';

const [first, ...rest] = process.argv.slice(2);
if (first === '--script') {
  if (!isScript(rest[0])) fail(`there is no script ${rest[0] ?? ''}; package.json lists them.`);
  readArguments(rest[0], rest.slice(1));
}
checkNode();
installPackages();
build();

// After what is built, which other users may run: what the child writes is data.
process.umask(0o077);
const tsx = pathToFileURL(join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
const command =
  first === '--script'
    ? ['--import', tsx, join(ROOT, rest[0]), ...rest.slice(1)]
    : [join(ROOT, 'dist', 'telltale.js'), ...process.argv.slice(2)];
const child = spawn(process.execPath, command, {
  // The IPC channel closes when this process ends, however it ended, so the child notices.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  // The engine and file reads share libuv's threads, and their number is fixed when Node starts: with the default of 4,
  // four running queries would block every file read.
  env: { ...process.env, UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? '16' },
});
let isAskedToStop = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    isAskedToStop = true;
    child.kill(signal);
  });
}

// npm runs scripts through a shell that does not forward SIGTERM: `kill` ends npm and the shell, and would leave this
// process holding the ports and the data directory. A changed parent process shows it. The child is stopped only once: a
// second signal means that someone does not want to wait, and ends the program before it has closed its storage.
const parent = process.ppid;
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => {
    if (process.ppid === parent || isAskedToStop) return;
    isAskedToStop = true;
    child.kill('SIGTERM');
  }, 500).unref();
}
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
