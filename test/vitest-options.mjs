// Which options of a command line vitest would not take. It says so itself, but only after the checks and the build.

/** Taken, and not in its help. */
const UNLISTED = ['-v', '--version', '--color'];

/**
 * @param {readonly string[]} args
 * @param {string} help what `vitest run --help --expand-help` prints
 * @returns {string | null} the first option that it does not have, as given
 */
export function unknownOption(args, help) {
  const known = new Set([...[...help.matchAll(/(?<=^ +|, )--?[\w.]+/gm)].map(([name]) => name), ...UNLISTED]);
  const isKnown = (name) => [name, name.split('.', 1)[0]].some((one) => known.has(one));
  for (const arg of args.slice(0, args.indexOf('--') < 0 ? undefined : args.indexOf('--'))) {
    if (!arg.startsWith('-')) continue;
    const name = (arg.split('=', 1)[0] ?? '').replace(/-([a-z])/g, (match, letter, at) =>
      at > 1 ? letter.toUpperCase() : match,
    );
    const positive = name.replace(/^--no([A-Z])/, (_, letter) => `--${letter.toLowerCase()}`);
    if (!isKnown(name) && !isKnown(positive)) return arg;
  }
  return null;
}
