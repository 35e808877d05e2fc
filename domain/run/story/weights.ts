// What is kept when not all of it fits. Outcome, failure and handover always fit: there are fewer of them than
// sentences.
export const WEIGHT = {
  open: 100,
  stop: 98,
  rootError: 96,
  escalation: 90,
  unsure: 84,
  degraded: 80,
  error: 74,
  loop: 70,
  retry: 66,
  note: 60,
  near: 56,
  clear: 50,
  answered: 40,
  means: 30,
} as const;
