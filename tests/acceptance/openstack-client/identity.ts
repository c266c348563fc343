import { typedBy } from './command.ts';

const inDomain = '--domain bretagne';
const domain = '/identity/v3/domains?name=bretagne';
const project = '/identity/v3/projects?name=rennes';
const user = '/identity/v3/users?name=anne';
const roles = '/identity/v3/role_assignments?user.id={user anne}&scope.project.id={project rennes}';

export const identityCommands = [
  ...typedBy('admin', [
    [
      'domain create --description Armorique bretagne',
      domain,
      { domains: [{ description: 'Armorique', enabled: true }] },
    ],
    ['domain set --description Breizh bretagne', domain, { domains: [{ description: 'Breizh' }] }],
    [`project create ${inDomain} --description Ville rennes`, project, { projects: [{ description: 'Ville' }] }],
    ['project set --description Capitale {project rennes}', project, { projects: [{ description: 'Capitale' }] }],
    ['project set --tag port {project rennes}', project, { projects: [{ tags: ['port'] }] }],
    [
      `user create ${inDomain} --email anne@example.org --password Hermine-1488 anne`,
      user,
      { users: [{ email: 'anne@example.org', enabled: true }] },
    ],
    ['user set --email duchesse@example.org {user anne}', user, { users: [{ email: 'duchesse@example.org' }] }],
    ['user set --disable {user anne}', user, { users: [{ enabled: false }] }],
    ['user set --enable {user anne}', user, { users: [{ enabled: true }] }],
    [
      `group create ${inDomain} --description Conseil conseillers`,
      '/identity/v3/groups?name=conseillers',
      { groups: [{ description: 'Conseil' }] },
    ],
    [
      'group add user {group conseillers} {user anne}',
      '/identity/v3/groups/{group conseillers}/users',
      { users: [{ name: 'anne' }] },
    ],
    [
      'group remove user {group conseillers} {user anne}',
      '/identity/v3/groups/{group conseillers}/users',
      { users: [] },
    ],
    ['role create capitaine', '/identity/v3/roles?name=capitaine', { roles: [{ name: 'capitaine' }] }],
    ['role set --name amiral capitaine', '/identity/v3/roles?name=amiral', { roles: [{ name: 'amiral' }] }],
    [
      'role add --project {project rennes} --user {user anne} amiral',
      roles,
      { role_assignments: [{ role: { id: '{role amiral}' } }] },
    ],
    ['role remove --project {project rennes} --user {user anne} amiral', roles, { role_assignments: [] }],
    [
      'implied role create amiral --implied-role reader',
      '/identity/v3/roles/{role amiral}/implies',
      { role_inference: { implies: [{ name: 'reader' }] } },
    ],
    [
      'implied role delete amiral --implied-role reader',
      '/identity/v3/roles/{role amiral}/implies',
      { role_inference: { implies: [] } },
    ],
    ['role delete amiral', '/identity/v3/roles?name=amiral', { roles: [] }],
    ['group delete {group conseillers}', '/identity/v3/groups?name=conseillers', { groups: [] }],
    ['user delete {user anne}', user, { users: [] }],
    ['project delete {project rennes}', project, { projects: [] }],
    ['domain set --disable bretagne', domain, { domains: [{ enabled: false }] }],
    ['domain delete bretagne', domain, { domains: [] }],
  ]),
  ...typedBy('demo', [
    [
      'application credential create --secret hush --role reader robot',
      '/identity/v3/users/{me}/application_credentials?name=robot',
      { application_credentials: [{ roles: [{ name: 'reader' }] }] },
    ],
    [
      'application credential delete robot',
      '/identity/v3/users/{me}/application_credentials?name=robot',
      { application_credentials: [] },
    ],
  ]),
];
