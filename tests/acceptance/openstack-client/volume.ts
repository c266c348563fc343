import { expect } from 'vitest';
import { typedBy } from './command.ts';

const volumeNamed = (name: string) => `/volume/v3/{project}/volumes/detail?name=${name}`;
const volume = volumeNamed('cargo');
const snapshot = '/volume/v3/{project}/snapshots/detail?name=maree';
const backup = '/volume/v3/{project}/backups/detail?name=epave';
const attachments = '/compute/v2.1/servers/{server voilier}/os-volume_attachments';

export const volumeCommands = [
  ...typedBy('admin', [
    [
      'volume type create --description Rapide rapide',
      '/volume/v3/{project}/types/{volume-type rapide}',
      { volume_type: { description: 'Rapide', is_public: true } },
    ],
    [
      'volume type set --property debit=1000 rapide',
      '/volume/v3/{project}/types/{volume-type rapide}/extra_specs',
      { extra_specs: { debit: '1000' } },
    ],
  ]),
  ...typedBy('demo', [
    [
      'volume create --size 1 --description Fret cargo',
      volume,
      { volumes: [{ size: 1, description: 'Fret', status: 'available' }] },
    ],
    ['volume set --property pavillon=fr cargo', volume, { volumes: [{ metadata: { pavillon: 'fr' } }] }],
    ['volume unset --property pavillon cargo', volume, { volumes: [{ metadata: {} }] }],
    ['volume set --size 2 cargo', volume, { volumes: [{ size: 2, status: 'available' }] }],
    ['volume set --bootable cargo', volume, { volumes: [{ bootable: 'true' }] }],
    ['volume set --description Vrac cargo', volume, { volumes: [{ description: 'Vrac' }] }],
    ['volume snapshot create --volume cargo maree', snapshot, { snapshots: [{ status: 'available', size: 2 }] }],
    ['volume snapshot set --description Haute maree', snapshot, { snapshots: [{ description: 'Haute' }] }],
    ['volume create --snapshot maree copie', volumeNamed('copie'), { volumes: [{ status: 'available', size: 2 }] }],
    ['volume create --source cargo jumeau', volumeNamed('jumeau'), { volumes: [{ status: 'available', size: 2 }] }],
    [
      'volume create --image tiny --size 1 amorce',
      volumeNamed('amorce'),
      { volumes: [{ status: 'available', bootable: 'true' }] },
    ],
    ['volume backup create --name epave cargo', backup, { backups: [{ status: 'available', size: 2 }] }],
    ['volume backup delete epave', backup, { backups: [] }],
    [
      'volume transfer request create --name passation jumeau',
      volumeNamed('jumeau'),
      { volumes: [{ status: 'awaiting-transfer' }] },
    ],
    ['volume transfer request delete passation', volumeNamed('jumeau'), { volumes: [{ status: 'available' }] }],
    ['server add volume voilier cargo', volume, { volumes: [{ status: 'in-use' }] }],
    ['server remove volume voilier cargo', attachments, { volumeAttachments: [] }],
    ['volume snapshot delete maree', snapshot, { snapshots: [] }],
    ['volume delete copie jumeau amorce', volumeNamed('copie'), { volumes: [] }],
    ['volume delete cargo', volume, { volumes: [] }],
  ]),
  ...typedBy('admin', [
    [
      'quota set --volumes 3 --gigabytes 50 demo',
      '/volume/v3/{project}/os-quota-sets/{project demo}',
      { quota_set: { volumes: 3, gigabytes: 50 } },
    ],
    [
      'volume type delete rapide',
      '/volume/v3/{project}/types?is_public=None',
      { volume_types: [{ name: expect.not.stringMatching('rapide') }] },
    ],
  ]),
];
