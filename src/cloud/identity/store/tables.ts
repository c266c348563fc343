import type { Generated } from 'kysely';
import type { EndpointGroup } from '../domain/catalog.ts';
import type { ConfigValue } from '../domain/domain-config.ts';
import type { InferenceRule } from '../domain/roles.ts';

/** Attributes that callers add to a resource beyond those that Keystone knows. */
export type Extra = Readonly<Record<string, unknown>>;

export interface DomainRow {
  id: string;
  name: string;
  description: string;
  enabled: boolean;
  extra: Extra;
  created_at: Date;
}

export interface ProjectRow {
  id: string;
  domain_id: string;
  parent_id: string | null;
  name: string;
  description: string;
  enabled: boolean;
  tags: string[];
  extra: Extra;
  created_at: Date;
}

export interface UserRow {
  id: string;
  domain_id: string;
  name: string;
  password_hash: string | null;
  enabled: boolean;
  default_project_id: string | null;
  extra: Extra;
  tokens_valid_from: Date;
  created_at: Date;
  password_set_at: Date | null;
  password_expires_at: Date | null;
  failed_sign_ins: number;
  failed_at: Date | null;
  options: UserOptions;
}

/** What an account may be exempt from; absent: it is not. */
export interface UserOptions {
  readonly ignore_change_password_upon_first_use?: boolean | null;
  readonly ignore_password_expiry?: boolean | null;
  readonly ignore_lockout_failure_attempts?: boolean | null;
  /** Only an administrator changes the password. */
  readonly lock_password?: boolean | null;
}

export interface RoleRow {
  id: string;
  /** Null: of the whole cloud. */
  domain_id: string | null;
  name: string;
  description: string | null;
  extra: Extra;
  created_at: Date;
}

export interface GroupRow {
  id: string;
  domain_id: string;
  name: string;
  description: string;
  extra: Extra;
  created_at: Date;
}

export interface RoleAssignmentRow {
  /** Exactly one of user and group is there. */
  user_id: string | null;
  group_id: string | null;
  target: string;
  role_id: string;
  inherited: boolean;
}

export interface ApplicationCredentialRow {
  id: string;
  user_id: string;
  project_id: string;
  name: string;
  description: string | null;
  secret_hash: string;
  role_ids: string[];
  unrestricted: boolean;
  expires_at: Date | null;
  created_at: Date;
  /** Null: everything may be called. */
  access_rule_ids: string[] | null;
}

export interface AccessRuleRow {
  id: string;
  user_id: string;
  service: string;
  method: string;
  path: string;
}

export interface TrustRow {
  id: string;
  trustor_user_id: string;
  trustee_user_id: string;
  project_id: string;
  impersonation: boolean;
  role_ids: string[];
  expires_at: Date | null;
  remaining_uses: number | null;
  redelegation_count: number;
  redelegated_trust_id: string | null;
  created_at: Date;
}

export interface CredentialRow {
  id: string;
  user_id: string;
  project_id: string | null;
  type: string;
  /** Sealed. */
  blob: string;
  extra: Extra;
  created_at: Date;
}

export interface RegionRow {
  id: string;
  parent_region_id: string | null;
  description: string;
  extra: Extra;
  created_at: Date;
}

export interface ServiceRow {
  id: string;
  type: string;
  name: string;
  description: string;
  enabled: boolean;
  extra: Extra;
  created_at: Date;
}

export interface EndpointRow {
  id: string;
  service_id: string;
  region_id: string | null;
  interface: 'public' | 'internal' | 'admin';
  url: string;
  enabled: boolean;
  extra: Extra;
  created_at: Date;
}

export interface EndpointGroupRow extends EndpointGroup {
  created_at: Date;
}

export interface DomainConfigRow {
  domain_id: string;
  group_name: string;
  option_name: string;
  /** Of a secret, its sealed text. */
  value: ConfigValue;
}

export interface RegisteredLimitRow {
  id: string;
  service_id: string;
  region_id: string | null;
  resource_name: string;
  default_limit: number;
  description: string | null;
  created_at: Date;
}

export interface LimitRow {
  id: string;
  registered_limit_id: string;
  /** Exactly one of project and domain is there. */
  project_id: string | null;
  domain_id: string | null;
  resource_limit: number;
  description: string | null;
  created_at: Date;
}

export interface PolicyRow {
  id: string;
  type: string;
  blob: string;
  extra: Extra;
  created_at: Date;
}

/** The tables of this context, for `tables<IdentityTables>(connection)`. */
export interface IdentityTables {
  'identity.domain': DomainRow;
  'identity.project': ProjectRow;
  'identity.user': UserRow;
  'identity.role': RoleRow;
  'identity.role_inference': InferenceRule;
  'identity.group': GroupRow;
  'identity.membership': { group_id: string; user_id: string };
  'identity.role_assignment': RoleAssignmentRow;
  'identity.application_credential': ApplicationCredentialRow;
  'identity.access_rule': AccessRuleRow;
  'identity.trust': TrustRow;
  'identity.credential': CredentialRow;
  'identity.region': RegionRow;
  'identity.service': ServiceRow;
  'identity.endpoint': EndpointRow;
  'identity.endpoint_group': EndpointGroupRow;
  'identity.project_endpoint': { project_id: string; endpoint_id: string };
  'identity.project_endpoint_group': { project_id: string; endpoint_group_id: string };
  'identity.policy': PolicyRow;
  'identity.domain_config': DomainConfigRow;
  'identity.registered_limit': RegisteredLimitRow;
  'identity.limit': LimitRow;
  'identity.former_password': { seq: Generated<bigint>; user_id: string; password_hash: string };
  'identity.revoked_token': { audit_id: string; expires_at: Date };
  'identity.change': { seq: Generated<bigint>; key: string };
}
