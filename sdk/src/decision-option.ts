// What a decision can choose from.

/** An option with what is known about it before choosing. */
export interface DecisionOption<Id extends string = string> {
  id: Id;
  score?: number | undefined;
  reason?: string | undefined;
}

export type OptionInput<Id extends string = string> = Id | DecisionOption<Id>;
