/**
 * What may be said of a domain's own directory, and what holds where nothing is said (Keystone's configuration reference, groups
 * `identity` and `ldap`).
 */
export type ConfigValue = string | number | boolean | null;
/** Options by group. */
export type DomainConfig = Readonly<Record<string, Readonly<Record<string, ConfigValue>>>>;

export const defaultConfig: DomainConfig = {
  identity: { driver: 'sql', list_limit: null },
  ldap: {
    url: 'ldap://localhost',
    user: null,
    suffix: 'cn=example,cn=com',
    query_scope: 'one',
    page_size: 0,
    alias_dereferencing: 'default',
    debug_level: null,
    chase_referrals: null,
    user_tree_dn: null,
    user_filter: null,
    user_objectclass: 'inetOrgPerson',
    user_id_attribute: 'cn',
    user_name_attribute: 'sn',
    user_description_attribute: 'description',
    user_mail_attribute: 'mail',
    user_pass_attribute: 'userPassword',
    user_enabled_attribute: 'enabled',
    user_enabled_invert: false,
    user_enabled_mask: 0,
    user_enabled_default: 'True',
    user_attribute_ignore: 'default_project_id',
    user_default_project_id_attribute: null,
    user_enabled_emulation: false,
    user_enabled_emulation_dn: null,
    user_enabled_emulation_use_group_config: false,
    user_additional_attribute_mapping: '',
    group_tree_dn: null,
    group_filter: null,
    group_objectclass: 'groupOfNames',
    group_id_attribute: 'cn',
    group_name_attribute: 'ou',
    group_member_attribute: 'member',
    group_members_are_ids: false,
    group_desc_attribute: 'description',
    group_attribute_ignore: '',
    group_additional_attribute_mapping: '',
    group_ad_nesting: false,
    tls_cacertfile: null,
    tls_cacertdir: null,
    use_tls: false,
    tls_req_cert: 'demand',
    connection_timeout: -1,
    use_pool: true,
    pool_size: 10,
    pool_retry_max: 3,
    pool_retry_delay: 0.1,
    pool_connection_timeout: -1,
    pool_connection_lifetime: 600,
    use_auth_pool: true,
    auth_pool_size: 100,
    auth_pool_connection_lifetime: 60,
  },
};

/** Options that are taken and never shown. */
const secret: Readonly<Record<string, readonly string[]>> = { ldap: ['password'] };

export function isSecret(group: string, option: string): boolean {
  return secret[group]?.includes(option) === true;
}

/** Whether there is such a group; with an option, whether it is of that group. */
export function isKnown(group: string, option?: string): boolean {
  const options = Object.hasOwn(defaultConfig, group) ? defaultConfig[group] : undefined;
  if (options === undefined || option === undefined) return options !== undefined;
  return Object.hasOwn(options, option) || isSecret(group, option);
}
