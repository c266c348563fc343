import { defineCatalogue } from '../kernel/base/i18n.ts';

/** What every command says. */
export const cliTexts = defineCatalogue({
  fr: {
    about: 'Le nuage et sa place de marché, en ligne de commande.',
    usage: 'Usage :',
    options: 'Options :',
    commands: 'Commandes :',
    arguments: 'Arguments :',
    globalOptions: 'Options communes :',
    example: 'Exemple :',
    help: 'cette aide',
    helpCommand: 'l’aide d’une commande',
    cloud: 'qui se connecte : une entrée de clouds.yaml (sinon les variables OS_*)',
    data: 'le dossier d’un nuage de cette machine, dont clouds.yaml est lu',
    output: 'sous quelle forme répondre : table ou json',
    lang: 'fr ou en (sinon d’après LANG)',
    idempotencyKey: 'pour répéter sans risque : une même clé ne fait jamais les choses deux fois',
    codes: 'Codes de retour : 0 fait, 1 refusé ou en panne, 2 commande mal écrite, 4 délai dépassé.',
    machine: `Le nuage de cette machine (aide : andromede up --help) :
  up · down · restart · status · exec`,
    none: 'Rien.',
    wrongOutput: (text: string) => `--output ${text} : table ou json`,
  },
  en: {
    about: 'The cloud and its marketplace, on the command line.',
    usage: 'Usage:',
    options: 'Options:',
    commands: 'Commands:',
    arguments: 'Arguments:',
    globalOptions: 'Common options:',
    example: 'Example:',
    help: 'this help',
    helpCommand: 'the help of a command',
    cloud: 'who signs in: an entry of clouds.yaml (the OS_* variables otherwise)',
    data: 'the folder of a cloud on this machine, whose clouds.yaml is read',
    output: 'how to answer: table or json',
    lang: 'fr or en (by LANG otherwise)',
    idempotencyKey: 'to repeat without risk: one key never does things twice',
    codes: 'Exit codes: 0 done, 1 refused or failed, 2 wrong command line, 4 deadline passed.',
    machine: `The cloud on this machine (help: andromede up --help):
  up · down · restart · status · exec`,
    none: 'None.',
    wrongOutput: (text: string) => `--output ${text}: table or json`,
  },
});
