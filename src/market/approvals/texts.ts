import { defineCatalogue } from '../../kernel/base/i18n.ts';

/** What the market tells people about purchasing policies and approvals. */
export const approvalTexts = defineCatalogue({
  fr: {
    notFound: (id: string) => `La demande d’accord ${id} est introuvable.`,
    noOrganisation: 'Vous n’êtes d’aucune organisation dont les commandes attendraient un accord.',
    ownersOnly: 'Seuls les propriétaires de l’organisation changent ses règles d’achat.',
    customersOnly: (name: string) => `${name} n’achète pas : seul un client a des règles d’achat.`,
    changedMeanwhile: (version: string) =>
      `Les règles d’achat ont changé entre-temps (version ${version}) : relisez-les, puis recommencez.`,
    codeTwice: (code: string) => `Deux centres de coûts ont le code ${code}.`,
    notMember: (userId: string) => `${userId} n’est pas de l’organisation : un responsable doit en être.`,
    negative: 'Un montant ne peut pas être négatif.',
    costCentreNeeded: (codes: string) => `Dites sur quel centre de coûts (costCentre) : ${codes}.`,
    costCentreUnknown: (code: string) => `Votre organisation n’a pas de centre de coûts ${code}.`,
    needsCeiling:
      'Cette formule peut coûter n’importe combien : votre organisation demande un plafond de dépense (spendingCeiling).',
    overBudget: (whose: string, left: string, budget: string, amount: string) =>
      `Cette commande peut coûter jusqu’à ${amount} HT par mois ; il reste ${left} des ${budget} ${whose}.`,
    ofCostCentre: (code: string, name: string) => `du centre de coûts ${code} (${name})`,
    ofOrganisation: 'de l’organisation',
    nobodyAble:
      'Personne ne pourrait donner les accords qu’il faut : demandez à un propriétaire de revoir les règles d’achat.',
    ownOrder: 'Vous ne pouvez pas donner votre accord à votre propre commande.',
    decidedBefore: 'Vous avez déjà donné votre accord ; il en faut un d’une autre personne.',
    notApprover: 'Vous n’êtes pas de ceux dont cette commande attend l’accord.',
    ended: (state: string, by: string, at: string) => {
      const what: Record<string, string> = {
        ...{ granted: 'a déjà été acceptée', refused: 'a déjà été refusée' },
        ...{ withdrawn: 'a été retirée', expired: 'a trop attendu et a expiré' },
      };
      return `La commande ${what[state] ?? state}${by === '' ? '' : ` par ${by}`} le ${at}.`;
    },
    raisesBeyond:
      'Ce plafond demande l’accord de quelqu’un : un responsable du centre de coûts ou un propriétaire peut le relever pour vous.',
    requesterOnly: 'Seule la personne qui a commandé retire sa commande.',
  },
  en: {
    notFound: (id: string) => `Approval request ${id} could not be found.`,
    noOrganisation: 'You are of no organisation whose orders could wait for an approval.',
    ownersOnly: 'Only the organisation’s owners change its purchasing policy.',
    customersOnly: (name: string) => `${name} does not buy: only a customer has a purchasing policy.`,
    changedMeanwhile: (version: string) =>
      `The purchasing policy has changed meanwhile (version ${version}): read it again, then try again.`,
    codeTwice: (code: string) => `Two cost centres have the code ${code}.`,
    notMember: (userId: string) => `${userId} is not of the organisation: a manager has to be.`,
    negative: 'An amount cannot be negative.',
    costCentreNeeded: (codes: string) => `Say on which cost centre (costCentre): ${codes}.`,
    costCentreUnknown: (code: string) => `Your organisation has no cost centre ${code}.`,
    needsCeiling:
      'This plan may cost any amount: your organisation asks for a spending ceiling (spendingCeiling) with the order.',
    overBudget: (whose: string, left: string, budget: string, amount: string) =>
      `This order may cost up to ${amount} a month without VAT; ${left} of the ${budget} ${whose} are left.`,
    ofCostCentre: (code: string, name: string) => `of cost centre ${code} (${name})`,
    ofOrganisation: 'of the organisation',
    nobodyAble: 'Nobody could give the approvals that it takes: ask an owner to look at the purchasing policy.',
    ownOrder: 'You cannot approve your own order.',
    decidedBefore: 'You have approved already; it takes somebody else as well.',
    notApprover: 'You are not one of those whose approval this order waits for.',
    ended: (state: string, by: string, at: string) => {
      const what: Record<string, string> = {
        ...{ granted: 'was approved already', refused: 'was refused already' },
        ...{ withdrawn: 'was withdrawn', expired: 'waited too long and has expired' },
      };
      return `The order ${what[state] ?? state}${by === '' ? '' : ` by ${by}`} on ${at}.`;
    },
    raisesBeyond:
      'This ceiling takes somebody’s agreement: a manager of the cost centre or an owner may raise it for you.',
    requesterOnly: 'Only whoever placed the order withdraws it.',
  },
});
