import { Decimal, roundMinor } from '../../../kernel/base/money.ts';
import type { Price, UsageComponent } from './plan.ts';

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** What a component's usage costs a calendar month at most; null: without limit. */
function mostOfUsage({ tariff, monthlyCap, monthlyMinimum }: UsageComponent): bigint | null {
  if (monthlyCap !== null) return monthlyCap;
  return tariff.model === 'flat' && Number(tariff.rate) === 0 ? (monthlyMinimum ?? 0n) : null;
}

/**
 * What a price comes to in a calendar month at most, in minor units without VAT, however much is used: what somebody agrees to
 * who agrees to it. Null: without limit.
 */
export function mostOfMonth(price: Price): bigint | null {
  const { components, commitment, prepaid } = price;
  const fees = (kind: 'oneOff' | 'recurring') =>
    sum(components.flatMap((component) => (component.kind === kind ? [component.amount] : [])));
  const aside = fees('oneOff') + (prepaid?.amount ?? 0n);
  const usages = components.flatMap((component) => (component.kind === 'usage' ? [mostOfUsage(component)] : []));
  const limited = usages.filter((usage) => usage !== null);
  if (limited.length < usages.length) return price.monthlyCap === null ? null : aside + price.monthlyCap;
  const used = sum(limited);
  const percent = new Decimal((commitment ?? prepaid)?.overagePercent ?? 100);
  // A commitment that begins within the month promises less of it: then more of the usage is beyond it.
  const beyond = roundMinor(new Decimal(used.toString()).times(percent).div(100));
  const counted = most(fees('recurring') + most(commitment?.amount ?? 0n, beyond), price.monthlyMinimum ?? 0n);
  return aside + (price.monthlyCap !== null && price.monthlyCap < counted ? price.monthlyCap : counted);
}
