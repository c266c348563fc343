/** Why tests do not pass, as far as it is known, in both languages of the tables. */
export interface KnownReason {
  /** Matches the test's name. */
  readonly test: RegExp;
  /** Matches what Tempest says; whatever it says unless given. */
  readonly says?: RegExp;
  readonly en: string;
  readonly fr: string;
}

/** The first that matches counts. What matches none is shown as not explained, which is for us to do. */
export const knownReasons: readonly KnownReason[] = [
  {
    test: /^tempest\.api\.identity\.(admin\.)?v2\./,
    en: 'Identity v2.0, which OpenStack removed in 2018.',
    fr: 'Identité v2.0, qu’OpenStack a retirée en 2018.',
  },
  {
    test: /^tempest\.api\.image\.v1\./,
    en: 'Image v1, which OpenStack removed in 2018.',
    fr: 'Images v1, qu’OpenStack a retirée en 2018.',
  },
  {
    test: /test_agents\.|ComputeNetworksTest|test_reset_network_inject|test_fixed_ips|FloatingIPsBulk|test_virtual_interfaces|CertificatesV2/,
    en: 'nova-network, nova-cert and XenAPI, which Nova itself has no more: 410, or skipped by Tempest.',
    fr: 'nova-network, nova-cert et XenAPI, que Nova n’a plus lui-même : 410, ou sauté par Tempest.',
  },
  {
    test: /./,
    says: /Neutron (allows|does not check)|launchpad\.net\/bugs|without neutron|not .* neutron/i,
    en: 'Tempest’s own: it does not hold with Neutron, or waits for a bug of OpenStack’s to be mended.',
    fr: 'Propre à Tempest : cela ne vaut pas avec Neutron, ou attend la correction d’un défaut d’OpenStack.',
  },
  {
    test: /live_migration|LiveMigration|test_migrations|MultiNodes|migrate_server|LiveAutoBlock|UnshelveToHost/i,
    en: 'There is one host: nothing moves to another.',
    fr: 'Il n’y a qu’un hôte : rien ne passe sur un autre.',
  },
  {
    test: /./,
    says: /multi-attach|multiattach/i,
    en: 'A volume is attached to one server at a time: its file is opened by one process.',
    fr: 'Un volume est attaché à un serveur à la fois : un seul processus ouvre son fichier.',
  },
  {
    test: /[Ee]ncrypt/,
    en: 'Volumes are not encrypted.',
    fr: 'Les volumes ne sont pas chiffrés.',
  },
  {
    test: /ersonality/,
    en: 'Files are not injected at creation (Nova gave that up at 2.57): user data does it.',
    fr: 'Aucun fichier n’est injecté à la création (Nova y a renoncé à 2.57) : les données utilisateur le font.',
  },
  {
    test: /metering/i,
    en: 'Metering labels: the cloud meters by events, not by labels of routers.',
    fr: 'Étiquettes de comptage : le nuage compte par événements, non par étiquettes de routeurs.',
  },
  {
    test: /dhcp_agent_scheduler|L3AgentScheduler|RoutersTestDVR|routers_dvr|DvrRouters/i,
    en: 'There are no agents to choose between: OVN does their work on every host.',
    fr: 'Il n’y a pas d’agents à choisir : OVN fait leur travail sur chaque hôte.',
  },
  {
    test: /MultiBackend|VolumeRetypeWithMigration|retype/i,
    en: 'There is one backend for volumes: nothing moves to another.',
    fr: 'Il n’y a qu’un dorsal de volumes : rien ne passe sur un autre.',
  },
  {
    test: /VolumeManage|SnapshotManage/,
    en: 'Files made elsewhere are not adopted as volumes.',
    fr: 'Les fichiers faits ailleurs ne sont pas adoptés comme volumes.',
  },
  {
    test: /SwapVolume|volume_swap/i,
    en: 'A server’s volume is not swapped under it: one is detached, the other attached.',
    fr: 'Le volume d’un serveur n’est pas échangé sous lui : on en détache un, on attache l’autre.',
  },
  {
    test: /MultiStore|ImportCopyImages|glance_download|image_remote|remote|ImageLocations|image_caching|ImageCaching/,
    en: 'Images are in one store: no other stores, no locations to be told, no cache before it.',
    fr: 'Les images sont dans un seul magasin : ni autres magasins, ni emplacements, ni cache devant lui.',
  },
  {
    test: /./,
    says: /[Vv]alidation (tests are disabled|must be enabled|is not enabled|should be enabled)/,
    en: 'Needs to log in to a guest, which the simulated engine of this run does not have: the platform list does, on the real engines.',
    fr: 'Demande d’entrer dans un serveur, que le moteur simulé de ce passage n’a pas : la liste de la plateforme le fait, sur les vrais moteurs.',
  },
  {
    test: /./,
    says: /microversion range.* out of the configuration range/,
    en: 'Compute is served to 2.79; the test asks for a later version.',
    fr: 'Le calcul est servi jusqu’à 2.79 ; le test demande une version plus récente.',
  },
  {
    test: /OAUTHConsumers/,
    en: 'OAuth 1.0a: application credentials delegate here.',
    fr: 'OAuth 1.0a : ici, les identifiants d’application délèguent.',
  },
  {
    test: /ServerShowV263Test/,
    says: /certified_image_ref/,
    en: 'Signed images and their certificates.',
    fr: 'Les images signées et leurs certificats.',
  },
  {
    test: /change_server_password/,
    en: 'A password is set at creation: changing it later needs an agent in the guest.',
    fr: 'Le mot de passe est donné à la création : le changer ensuite demande un agent dans le serveur.',
  },
];

/** What is known of why a test did not pass; undefined: nothing. */
export function knownReason(test: string, says: string): KnownReason | undefined {
  return knownReasons.find((known) => known.test.test(test) && (known.says?.test(says) ?? true));
}
