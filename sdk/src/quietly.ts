// Contains the SDK's own errors: code that only observes must not break the agent.

/** Runs `work`; a throw inside is swallowed and gives undefined. Never wrap the agent's own code in it. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
