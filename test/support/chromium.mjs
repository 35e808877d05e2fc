// Finds a Chromium for the browser tests, or installs Debian's.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The same engine without the windows of a desktop browser, which cost more than the pages of the tests. */
const SHELLS = ['chromium-headless-shell', 'chrome-headless-shell'];
const FULL = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of an executable on the PATH, or of TELLTALE_CHROMIUM when that is set; null when there is none. */
export function findChromium(env = process.env) {
  if (env.TELLTALE_CHROMIUM && existsSync(env.TELLTALE_CHROMIUM)) return env.TELLTALE_CHROMIUM;
  return findOnPath([...SHELLS, ...FULL], env);
}

function findOnPath(names, env = process.env) {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const name of names) for (const folder of folders) if (existsSync(join(folder, name))) return join(folder, name);
  return null;
}

/**
 * As findChromium; first installs Debian's headless shell when that is possible and no other browser is named, since it takes a fifth
 * of the processor time. Where there is none a full Chromium does. Ends the process with one clear error.
 */
export function findOrInstallChromium() {
  if (findChromium() === null && canInstall()) {
    console.log('Installing a headless Chromium for the browser tests (once) …');
    if (!install('chromium-headless-shell')) install('chromium');
  }
  const found = findChromium();
  if (found !== null) return found;
  console.error(
    'The browser tests need Chromium. Install it (Debian, Ubuntu: apt-get install chromium; macOS: brew install --cask chromium), or set TELLTALE_CHROMIUM to the executable of a Chrome or Chromium.',
  );
  process.exit(1);
}

const canInstall = () => process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;

/** Whether the package is there now. Lists of packages may be missing or old: then they are fetched. */
function install(name) {
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', '-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=15', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  const attempt = () => apt('install', '-y', '--no-install-recommends', name);
  return attempt() || (apt('update') && attempt());
}
