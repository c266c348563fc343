import { defineCatalogue } from '../../app/language.tsx';

export const signInTexts = defineCatalogue({
  fr: {
    title: 'Se connecter',
    lead: (brand: string) => `Bienvenue chez ${brand}.`,
    domain: 'Organisation',
    domainHint: 'Le domaine Keystone de votre organisation, par exemple « Ateliers Mercier ».',
    user: 'Nom d’utilisateur',
    password: 'Mot de passe',
    submit: 'Se connecter',
    wrong: 'Connexion refusée',
    wrongAdvice: 'L’organisation, le nom ou le mot de passe ne correspond pas.',
    tooMany: 'Trop de tentatives',
    tooManyAdvice: 'Attendez un peu avant de réessayer.',
    required: 'À remplir',
  },
  en: {
    title: 'Sign in',
    lead: (brand: string) => `Welcome to ${brand}.`,
    domain: 'Organisation',
    domainHint: 'Your organisation’s Keystone domain, for instance “Ateliers Mercier”.',
    user: 'User name',
    password: 'Password',
    submit: 'Sign in',
    wrong: 'Not signed in',
    wrongAdvice: 'Organisation, name or password does not match.',
    tooMany: 'Too many attempts',
    tooManyAdvice: 'Wait a little before you try again.',
    required: 'Please fill in',
  },
});
