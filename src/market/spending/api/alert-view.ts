import { moneyView } from '../../../kernel/http/house-api.ts';
import type { Alert } from '../store/alerts.ts';

/** An alert as facts and the API say it. */
export function alertFact({ month, percent, cost, ceiling, at }: Alert, currency: string): object {
  const money = (minor: bigint) => moneyView({ minor, currency });
  return { month, percent, cost: money(cost), ceiling: money(ceiling), at };
}
