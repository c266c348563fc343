import { Fault } from '../../../kernel/base/errors.ts';
import { type OvsdbClient, TransactionError } from './client.ts';
import { Transaction } from './transaction.ts';

/** States into a transaction what should be, reading the replica. May run more than once. */
export type Plan = (tx: Transaction) => void;

/** How often a change is planned anew because another writer was faster. */
const attempts = 5;

/** Carries plans out one after the other, each against a replica that shows the one before. */
export function planWriter(client: OvsdbClient): (plan: Plan) => Promise<void> {
  let tail: Promise<void> = Promise.resolve();
  return (plan) => {
    const result = tail.then(() => carryOut(client, plan));
    tail = result.catch(() => {});
    return result;
  };
}

async function carryOut(client: OvsdbClient, plan: Plan): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await client.synced();
    const tx = new Transaction(client.schema);
    plan(tx);
    if (tx.operations.length === 0) return;
    try {
      await client.transact(tx.operations);
      return;
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error;
      if (attempt === attempts) {
        throw new Fault('engineUnavailable', 'The network engine refused the change. Try again later.', {
          detail: error.message,
          cause: error,
        });
      }
    }
  }
}
