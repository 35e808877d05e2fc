// The libraries behind failure handling, loaded at their first use: an agent that only records pays nothing for them.
// `import()` and not `require`, so that bundlers see them.

let cockatiel: Promise<typeof import('cockatiel')> | undefined;
let queue: Promise<typeof import('p-queue')> | undefined;

export function loadCockatiel(): Promise<typeof import('cockatiel')> {
  cockatiel ??= import('cockatiel');
  return cockatiel;
}

export async function loadQueue(): Promise<typeof import('p-queue')['default']> {
  queue ??= import('p-queue');
  return (await queue).default;
}
