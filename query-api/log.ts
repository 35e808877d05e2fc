// The log, as far as this module uses it.

/** What the log needs to take; pino's shape. */
export interface Log {
  error(details: object, message: string): void;
}
