import { defineCatalogue } from '../../app/language.tsx';

export const screenTexts = defineCatalogue({
  fr: {
    title: 'Écran du serveur',
    connecting: 'Connexion à l’écran…',
    connected: 'Connecté',
    ended: 'L’écran n’est plus là',
    endedAdvice:
      'Ce lien ne sert qu’une fois, et une minute. Retournez à la page du serveur et ouvrez son écran à nouveau.',
    keys: 'Envoyer Ctrl+Alt+Suppr',
  },
  en: {
    title: 'Screen of the server',
    connecting: 'Connecting to the screen…',
    connected: 'Connected',
    ended: 'The screen is gone',
    endedAdvice: 'This link works once, and for a minute. Go back to the server’s page and open its screen anew.',
    keys: 'Send Ctrl+Alt+Del',
  },
});
