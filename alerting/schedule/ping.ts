// Pings an outside monitor while the detector is alive: a dead detector cannot report itself. The address comes from the
// operator's environment and is a secret, since whoever knows it can send pings too.
const TIMEOUT_MS = 10_000;

/** @returns why it failed, in words without the address; null when it was answered with 2xx */
export async function ping(url: string, timeoutMs = TIMEOUT_MS): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'follow' });
    await response.body?.cancel();
    return response.ok ? null : `It answered ${response.status}.`;
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError'
      ? 'It did not answer in time.'
      : 'It cannot be reached.';
  }
}
