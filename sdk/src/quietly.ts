// The SDK's own faults stay its own: nothing that only observes may break the agent.

/** Runs `work`; a throw inside is swallowed and gives undefined. Never wrap the agent's own code in it. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
