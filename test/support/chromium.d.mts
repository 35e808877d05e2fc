// Types of chromium.mjs, which is plain JavaScript because it runs before anything is installed.
export function findChromium(env?: Readonly<Record<string, string | undefined>>): string | null;
export function findOrInstallChromium(): string;
