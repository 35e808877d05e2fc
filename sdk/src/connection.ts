// The connection settings from OTEL_EXPORTER_OTLP_* and start(): headers, certificates, timeout and compression. Read
// once and synchronously, because a process that ends cannot wait.
import { readFileSync } from 'node:fs';
import { getNumberFromEnv, getStringFromEnv, parseKeyPairsIntoRecord } from '@opentelemetry/core';
import type { Settings } from './settings.ts';

export interface Connection {
  readonly headers: Readonly<Record<string, string>>;
  /** As the options of node:https have them. */
  readonly tls: Readonly<Partial<Record<'ca' | 'cert' | 'key', Uint8Array>>>;
  /** Longest time for one export, its retries included. */
  readonly timeoutMs: number;
  readonly isGzip: boolean;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const TLS_FILES = { ca: 'CERTIFICATE', cert: 'CLIENT_CERTIFICATE', key: 'CLIENT_KEY' } as const;

/** Never throws: a file that cannot be read is logged through `log` and ignored. */
export function readConnection({ headers, log }: Pick<Settings, 'headers' | 'log'>): Connection {
  const timeoutMs = [
    getNumberFromEnv('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'),
    getNumberFromEnv('OTEL_EXPORTER_OTLP_TIMEOUT'),
  ];
  return {
    headers: {
      ...parseKeyPairsIntoRecord(getStringFromEnv('OTEL_EXPORTER_OTLP_HEADERS')),
      ...parseKeyPairsIntoRecord(getStringFromEnv('OTEL_EXPORTER_OTLP_TRACES_HEADERS')),
      ...headers,
    },
    tls: Object.fromEntries(
      Object.entries(TLS_FILES).flatMap(([option, name]) => {
        const bytes = fileOf(setting(name), log);
        return bytes === undefined ? [] : [[option, bytes]];
      }),
    ),
    timeoutMs: timeoutMs.find((ms) => ms !== undefined && Number.isFinite(ms) && ms > 0) ?? DEFAULT_TIMEOUT_MS,
    isGzip: setting('COMPRESSION')?.trim() === 'gzip',
  };
}

const setting = (name: string): string | undefined =>
  getStringFromEnv(`OTEL_EXPORTER_OTLP_TRACES_${name}`) ?? getStringFromEnv(`OTEL_EXPORTER_OTLP_${name}`);

function fileOf(path: string | undefined, log: (line: string) => void): Uint8Array | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch {
    log(`[telltale] The file ${path} of OTEL_EXPORTER_OTLP_*CERTIFICATE or KEY cannot be read, so it is not used.`);
    return undefined;
  }
}
