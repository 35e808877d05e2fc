// The types of scripts.mjs, for scripts in TypeScript.
export function readArguments(
  path: string,
  args?: readonly string[],
): { values: Record<string, boolean | string | undefined>; words: string[] };
export function refuseArguments(path: string, problem: string): never;
