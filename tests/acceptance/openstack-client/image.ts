import { typedBy } from './command.ts';

const image = '/image/v2/images?name=photo';

export const imageCommands = [
  ...typedBy('demo', [
    [
      'image create --file {disk} --disk-format raw --property os_distro=debian photo',
      image,
      { images: [{ status: 'active', size: 1_048_576, os_distro: 'debian' }] },
    ],
    ['image set --min-ram 64 photo', image, { images: [{ min_ram: 64 }] }],
    ['image set --tag atelier photo', image, { images: [{ tags: ['atelier'] }] }],
    ['image unset --tag atelier photo', image, { images: [{ tags: [] }] }],
    ['image set --property hw_disk_bus=virtio photo', image, { images: [{ hw_disk_bus: 'virtio' }] }],
    ['image set --protected photo', image, { images: [{ protected: true }] }],
    ['image set --unprotected photo', image, { images: [{ protected: false }] }],
    ['image set --shared photo', image, { images: [{ visibility: 'shared' }] }],
    [
      'image add project photo {project admin}',
      '/image/v2/images/{image photo}/members',
      { members: [{ status: 'pending' }] },
    ],
    ['image remove project photo {project admin}', '/image/v2/images/{image photo}/members', { members: [] }],
  ]),
  ...typedBy('admin', [
    ['image set --deactivate {image photo}', '/image/v2/images/{image photo}', { status: 'deactivated' }],
    ['image set --activate {image photo}', '/image/v2/images/{image photo}', { status: 'active' }],
  ]),
  ...typedBy('demo', [
    ['image set --name tiny photo', '/image/v2/images?name=tiny', { images: [{ status: 'active' }] }],
  ]),
];
