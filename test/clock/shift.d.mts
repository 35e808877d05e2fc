// The types of shift.mjs, for its test.
export function shiftSeconds(text: string, nowMs: number): number | null;
export function clockEnvironment(shiftS: number, folder: string): { LD_PRELOAD: string; CLOCK_SHIFT_S: string };
