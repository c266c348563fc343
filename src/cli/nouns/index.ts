import type { Language } from '../../kernel/base/i18n.ts';
import type { Noun } from '../verbs.ts';
import { agreementNoun } from './agreement.ts';
import { applicationNoun } from './application.ts';
import { approvalNoun } from './approval.ts';
import { endpointNoun } from './endpoint.ts';
import { factNoun } from './facts.ts';
import { invitationNoun } from './invitation.ts';
import { invoiceNoun } from './invoice.ts';
import { ledgerNoun } from './ledger.ts';
import { meteringKeyNoun } from './metering-key.ts';
import { offeringNoun } from './offering.ts';
import { orderNoun } from './order.ts';
import { organisationNoun } from './organisation.ts';
import { planNoun } from './plan.ts';
import { projectNoun } from './project.ts';
import { purchasingPolicyNoun } from './purchasing-policy.ts';
import { quoteNoun } from './quote.ts';
import { shadowBillNoun } from './shadow-bill.ts';
import { storeNoun } from './store.ts';
import { storefrontNoun } from './storefront.ts';
import { subscriptionNoun } from './subscription.ts';
import { taskNoun } from './task.ts';
import { usageNoun } from './usage.ts';

/** Everything that the commands are about, in the order of a sale. */
export function nounsIn(language: Language): readonly Noun[] {
  return [
    organisationNoun,
    invitationNoun,
    applicationNoun,
    purchasingPolicyNoun,
    agreementNoun,
    endpointNoun,
    offeringNoun,
    planNoun,
    storeNoun,
    storefrontNoun,
    quoteNoun,
    orderNoun,
    approvalNoun,
    taskNoun,
    subscriptionNoun,
    usageNoun,
    meteringKeyNoun,
    invoiceNoun,
    ledgerNoun,
    factNoun,
    projectNoun,
    shadowBillNoun,
  ].map((noun) => noun(language));
}
