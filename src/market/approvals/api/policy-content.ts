import { type Static, Type } from 'typebox';
import { KeystoneIdSchema, MoneySchema, moneyView, parseMoney } from '../../../kernel/http/house-api.ts';
import type { PurchasingPolicy } from '../domain/policy.ts';

const closed = { additionalProperties: false };

const CostCentreSchema = Type.Object(
  {
    code: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$' }),
    name: Type.String({ minLength: 1, maxLength: 200 }),
    managerIds: Type.Array(KeystoneIdSchema, { maxItems: 100, uniqueItems: true }),
    monthlyBudget: Type.Optional(MoneySchema),
  },
  closed,
);

/** A purchasing policy as the API takes it, and as it is stored. */
export const PolicyContentSchema = Type.Object(
  {
    costCentres: Type.Array(CostCentreSchema, { maxItems: 500 }),
    costCentreRequired: Type.Optional(Type.Boolean({ default: false })),
    monthlyBudget: Type.Optional(MoneySchema),
    overBudget: Type.Optional(Type.Enum(['refuse', 'approve'], { default: 'refuse' })),
    ownApproval: Type.Optional(Type.Boolean({ default: false })),
    expiresAfterDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 90, default: 14 })),
    levels: Type.Optional(
      Type.Array(Type.Object({ above: MoneySchema, by: Type.Enum(['manager', 'owner']) }, closed), { maxItems: 5 }),
    ),
  },
  closed,
);
export type PolicyContent = Static<typeof PolicyContentSchema>;

type Amount = Static<typeof MoneySchema>;
const minor = (amount: Amount | undefined): bigint | null => (amount === undefined ? null : parseMoney(amount).minor);
const view = (amount: bigint | null) =>
  amount === null ? undefined : (moneyView({ minor: amount, currency: 'EUR' }) as Amount);

/** The policy that such a content says. */
export function parsePolicy(version: number, content: PolicyContent): PurchasingPolicy {
  return {
    version,
    costCentres: content.costCentres.map(({ monthlyBudget, ...rest }) => ({
      ...rest,
      monthlyBudget: minor(monthlyBudget),
    })),
    costCentreRequired: content.costCentreRequired ?? false,
    monthlyBudget: minor(content.monthlyBudget),
    overBudget: content.overBudget ?? 'refuse',
    ownApproval: content.ownApproval ?? false,
    expiresAfterDays: content.expiresAfterDays ?? 14,
    levels: (content.levels ?? []).map(({ above, by }) => ({ above: parseMoney(above).minor, by })),
  };
}

/** What is stored and shown of it. */
export function policyContent({ version: _, ...policy }: PurchasingPolicy): PolicyContent {
  const { monthlyBudget, costCentres, levels, ...rest } = policy;
  const limit = (budget: bigint | null) => ({ ...(budget !== null && { monthlyBudget: view(budget) as Amount }) });
  return {
    ...rest,
    ...limit(monthlyBudget),
    costCentres: costCentres.map(({ monthlyBudget: budget, ...centre }) => ({
      ...centre,
      managerIds: [...centre.managerIds],
      ...limit(budget),
    })),
    levels: levels.map(({ above, by }) => ({ above: view(above) as Amount, by })),
  };
}
