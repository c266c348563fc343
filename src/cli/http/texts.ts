import { defineCatalogue } from '../../kernel/base/i18n.ts';

export const credentialTexts = defineCatalogue({
  fr: {
    environment: 'variables d’environnement OS_*',
    nobody:
      'qui êtes-vous ? Dites --cloud NOM (une entrée de clouds.yaml : admin, demo…), ou chargez un openrc : . /var/lib/andromede/openrc',
    noFile: (name: string) =>
      `aucun clouds.yaml pour --cloud ${name} : dites --data DIR (le dossier du nuage) ou OS_CLIENT_CONFIG_FILE=CHEMIN`,
    noCloud: (name: string, path: string, known: readonly string[]) =>
      `${path} ne connaît pas « ${name} » ; il connaît : ${known.join(', ')}`,
    missing: (where: string, name: string) => `${where} : il manque ${name}`,
    noService: (type: string, known: readonly string[]) =>
      `ce nuage n’a pas de service « ${type} » dans son catalogue (il a : ${known.join(', ')})`,
    noCatalog: 'un jeton seul (admin_token) ne donne accès qu’à un service : connectez-vous avec un mot de passe',
    noProject: 'ces identifiants ne visent aucun projet : ajoutez project_name',
  },
  en: {
    environment: 'OS_* environment variables',
    nobody:
      'who are you? Say --cloud NAME (an entry of clouds.yaml: admin, demo…), or source an openrc: . /var/lib/andromede/openrc',
    noFile: (name: string) =>
      `no clouds.yaml for --cloud ${name}: say --data DIR (the cloud’s folder) or OS_CLIENT_CONFIG_FILE=PATH`,
    noCloud: (name: string, path: string, known: readonly string[]) =>
      `${path} does not know “${name}”; it knows: ${known.join(', ')}`,
    missing: (where: string, name: string) => `${where}: ${name} is missing`,
    noService: (type: string, known: readonly string[]) =>
      `this cloud has no “${type}” service in its catalog (it has: ${known.join(', ')})`,
    noCatalog: 'a mere token (admin_token) opens one service only: sign in with a password',
    noProject: 'these credentials name no project: add project_name',
  },
});
