// Other versions of Node, from the npm package `node`, kept between runs.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmInstall } from './project.ts';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/telltale-matrix/', import.meta.url));

export interface NodeVersion {
  readonly name: string;
  /** null when it is missing. */
  readonly path: string | null;
  /** Why it is missing, for the title of what is left out. */
  readonly missing: string | null;
}

/** The oldest that package.json names, and the lines that are maintained. */
const VERSIONS = ['20.6.0', '20', '22', '24'];

/** All that are supported. One that cannot be had says why. Never rejects. */
export async function nodeVersions(): Promise<NodeVersion[]> {
  const nodes: NodeVersion[] = [];
  for (const version of VERSIONS) nodes.push(await nodeVersion(version));
  return nodes;
}

async function nodeVersion(version: string): Promise<NodeVersion> {
  const name = `Node ${version}`;
  const path = join(CACHE, `node-${version}`, 'node_modules/node/bin/node');
  try {
    if (!existsSync(path)) await install(version);
    return { name, path, missing: existsSync(path) ? null : 'npm did not unpack it' };
  } catch {
    return { name, path: null, missing: 'the npm registry cannot be reached' };
  }
}

/** Renamed into place, so that a run that was ended leaves nothing half done. */
async function install(version: string): Promise<void> {
  const folder = join(CACHE, `node-${version}`);
  const half = `${folder}.${process.pid}`;
  await mkdir(half, { recursive: true });
  await writeFile(join(half, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }\n');
  try {
    await npmInstall(half, [`node@${version}`]);
    await rm(folder, { recursive: true, force: true });
    await rename(half, folder);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}
