import type { Context } from '../../kernel/access/context.ts';
import { conflict, type Fault } from '../../kernel/base/errors.ts';
import { decimalText, formatMoney } from '../../kernel/base/money.ts';
import type { Tx } from '../../kernel/store/index.ts';
import { mostOfMonth, type PriceView, parsePrice } from '../rating/index.ts';
import { type CostCentre, type Exceeded, type Level, type PurchasingPolicy, weigh } from './domain/policy.ts';
import { reservedBySubscription, reservedOf } from './store/requests.ts';
import { approvalTexts } from './texts.ts';

/** What a subscription is to cost. */
export interface Weighing {
  readonly policy: PurchasingPolicy;
  readonly costCentre: CostCentre | null;
  readonly organisationId: string;
  readonly subscriptionId: string;
  readonly price: PriceView;
  /** What the customer wants to spend a month at most, in minor units. */
  readonly ceiling: bigint | null;
}

/** What it may come to, in minor units. */
export interface Weight {
  /** A month at most; null: without limit. */
  readonly amount: bigint | null;
  /** How much that is more than its subscription reserves already. */
  readonly increase: bigint;
  readonly levels: readonly Level[];
}

/** Weighs it beside everything that is reserved, under the policy's lock; 409 where the policy refuses it. */
export async function weighIn(tx: Tx, context: Context, weighing: Weighing): Promise<Weight> {
  const { policy, costCentre, organisationId, subscriptionId, price } = weighing;
  const amount = mostOf(price, weighing.ceiling);
  const all = await reservedOf(tx, organisationId);
  const held = await reservedBySubscription(tx, subscriptionId);
  const increase = amount === null || amount < held ? 0n : amount - held;
  const reserved = { organisation: all.organisation, costCentre: all.costCentres.get(costCentre?.code ?? '') ?? 0n };
  const weighed = weigh(policy, { amount, increase, costCentre, reserved }, decimalText);
  if (weighed.kind === 'needs-ceiling') throw conflict(approvalTexts(context.language).needsCeiling);
  if (weighed.kind === 'over-budget') throw overBudget(context, weighed.exceeded, amount ?? 0n, price.currency);
  return { amount, increase, levels: weighed.levels };
}

/** What an order may cost a month at most: its price's most, or its ceiling if that is less. */
function mostOf(price: PriceView, ceiling: bigint | null): bigint | null {
  const most = mostOfMonth(parsePrice(price));
  return most === null || (ceiling !== null && ceiling < most) ? ceiling : most;
}

function overBudget(
  { language }: Context,
  { costCentre, budget, left }: Exceeded,
  amount: bigint,
  currency: string,
): Fault {
  const texts = approvalTexts(language);
  const money = (minor: bigint) => formatMoney({ minor, currency }, language);
  const whose = costCentre === null ? texts.ofOrganisation : texts.ofCostCentre(costCentre.code, costCentre.name);
  const data = { costCentre: costCentre?.code ?? null, left: decimalText(left), amount: decimalText(amount) };
  return conflict(texts.overBudget(whose, money(left), money(budget), money(amount)), { data });
}
