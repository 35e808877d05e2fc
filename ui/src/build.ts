// Detects that the server has another build of the interface than this tab runs, and reloads the tab once. After an
// upgrade the chunks of the older build are gone, and index.html names those of the current one.

/** Reloading again sooner would not help: two builds answer in turn, or a cache serves a stale index.html. */
const RELOAD_AGAIN_AFTER_MS = 60_000;
const KEY = 'telltale-reloaded-at';

/** @throws when the server does not answer */
export async function isOtherBuild(): Promise<boolean> {
  const mine = document.querySelector('script[type="module"][src]')?.getAttribute('src');
  const response = await fetch('/', { cache: 'no-store' });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const page = await response.text();
  return mine != null && !page.includes(`"${mine}"`);
}

/** @returns whether the tab is being reloaded */
export function reloadOnce(): boolean {
  try {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < RELOAD_AGAIN_AFTER_MS) return false;
    sessionStorage.setItem(KEY, String(Date.now()));
  } catch {
    // Without storage nothing would stop repeated reloads.
    return false;
  }
  location.reload();
  return true;
}
