import { defineCatalogue } from '../../kernel/base/i18n.ts';

export const salesTexts = defineCatalogue({
  fr: {
    backwards: (from: string, to: string) => `La période finit (${to}) avant de commencer (${from}).`,
    tooLong: (most: number) => `La période compte plus de ${most} mois : demandez-la en plusieurs fois.`,
    sellersOnly: (name: string) => `${name} ne vend rien : ni exploitant, ni éditeur, ni revendeur, ni intégrateur.`,
  },
  en: {
    backwards: (from: string, to: string) => `The period ends (${to}) before it begins (${from}).`,
    tooLong: (most: number) => `The period has more than ${most} months: ask for it in parts.`,
    sellersOnly: (name: string) => `${name} sells nothing: it is no operator, publisher, reseller or integrator.`,
  },
});
