// What a fault is to the runner: a name, what it breaks, and a run that gives figures.
export interface FaultResult {
  readonly ok: boolean;
  readonly figures: Readonly<Record<string, number | string>>;
  readonly notes?: string;
  /** Why it could not be played here. Nothing was shown then. */
  readonly notPlayed?: string;
}

export interface Fault {
  readonly name: string;
  readonly breaks: string;
  /** Short runs use fewer rounds. */
  run(short: boolean): Promise<FaultResult>;
}
