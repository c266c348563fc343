import type { Generated } from 'kysely';
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
  'identity.revoked_token': { audit_id: string; expires_at: Date };
  'identity.change': { seq: Generated<bigint>; key: string };
}
