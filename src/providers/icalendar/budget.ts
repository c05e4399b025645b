// Budget: how much work a resource's rules may cause.

/** How many days and times of day may still be tried. All rules of a resource share one budget. */
export interface Budget {
  left: number;
}

/** Enough for an hourly rule counted over forty years. It is used up in a fraction of a second. */
export const newBudget = (): Budget => ({ left: 2_000_000 });

/** The budget is used up. */
export class BudgetSpent extends Error {
  override readonly name = "BudgetSpent";
}

/** @throws BudgetSpent */
export function spend(budget: Budget): void {
  budget.left--;
  if (budget.left < 0) throw new BudgetSpent();
}
