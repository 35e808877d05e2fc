// The types of vitest-options.mjs, for its test.
export function unknownOption(args: readonly string[], help: string): string | null;
