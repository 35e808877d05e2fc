// Whether the server has another build of the interface than this tab runs, and reloading the tab once when it has. The
// parts of an older build are gone after an upgrade, and index.html names the parts of the present one.

/** Reloading again so soon would not help: two builds answer by turns, or index.html is stale somewhere on the way. */
const RELOAD_AGAIN_AFTER_MS = 60_000;
const KEY = 'telltale-reloaded-at';

/** @throws when nobody answers */
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
    // Without storage nothing would end a row of reloads.
    return false;
  }
  location.reload();
  return true;
}
