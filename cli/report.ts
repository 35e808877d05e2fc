// Prints why a command failed.
import { ConfigError, readConfig } from '#config';
import { StorageError } from '#storage/database';

// Errors of opening a port, and what to do about each.
const LISTEN_FAILURES: Record<string, string> = {
  EADDRINUSE: 'is in use, perhaps by another Telltale. Stop it, or choose another port with',
  EACCES: 'may not be opened by this user. Choose a port above 1023 with',
  EADDRNOTAVAIL: 'cannot be opened: this machine does not have that address. Check TELLTALE_HOST, and',
  ENOTFOUND: 'cannot be opened: the host is not known. Check TELLTALE_HOST, and',
};

const PORT_SETTINGS = ['TELLTALE_PORT', 'TELLTALE_OTLP_HTTP_PORT', 'TELLTALE_OTLP_GRPC_PORT'] as const;

/** The settings that name the port; all port settings when the port is not known. */
function settingsOf(port: number | undefined): readonly string[] {
  const config = readConfig(process.env);
  const asking = PORT_SETTINGS.filter((name) => config[name] === port);
  return asking.length > 0 ? asking : PORT_SETTINGS;
}

/** One line for an error that a user can fix; a stack trace for a bug of ours. */
export function report(error: unknown): void {
  const { code, port, name, message } = error as NodeJS.ErrnoException & { port?: number };
  const failure = LISTEN_FAILURES[code ?? ''];
  if (
    error instanceof ConfigError ||
    error instanceof StorageError ||
    name === 'DemoError' ||
    name === 'CommandError' ||
    name === 'DigestCommandError'
  ) {
    console.error(`telltale: ${message}`);
  } else if (failure !== undefined) {
    const which = port === undefined ? 'a port' : `port ${port}`;
    console.error(`telltale: ${which} ${failure} ${settingsOf(port).join(' or ')} (0 takes a free one).`);
  } else console.error('telltale:', error);
  process.exitCode = 1;
}
