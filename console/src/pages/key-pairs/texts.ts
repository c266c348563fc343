import { defineCatalogue } from '../../app/language.tsx';

export const keyPairTexts = defineCatalogue({
  fr: {
    title: 'Clés SSH',
    lead: 'Les clés publiques que vos serveurs accepteront. Votre clé privée reste chez vous.',
    none: 'Aucune clé',
    noneAdvice: 'Ajoutez votre clé publique pour vous connecter à vos serveurs par SSH.',
    add: 'Ajouter une clé',
    name: 'Nom',
    publicKey: 'Clé publique',
    publicKeyHint: 'Une ligne qui commence par ssh-ed25519 ou ssh-rsa, par exemple de ~/.ssh/id_ed25519.pub.',
    fingerprint: 'Empreinte',
    delete: 'Supprimer',
    deleteAdvice: 'Les serveurs qui l’ont déjà l’acceptent encore ; les nouveaux ne l’auront plus.',
  },
  en: {
    title: 'SSH keys',
    lead: 'The public keys that your servers will accept. Your private key stays with you.',
    none: 'No key',
    noneAdvice: 'Add your public key to sign in to your servers over SSH.',
    add: 'Add a key',
    name: 'Name',
    publicKey: 'Public key',
    publicKeyHint: 'A line that begins with ssh-ed25519 or ssh-rsa, for instance of ~/.ssh/id_ed25519.pub.',
    fingerprint: 'Fingerprint',
    delete: 'Delete',
    deleteAdvice: 'Servers that already have it still accept it; new ones will not get it.',
  },
});
