import Type from 'typebox';
import type { Route } from '../../../kernel/http/index.ts';
import { addressScopeNotFound, subnetPoolNotFound } from '../domain/faults.ts';
import type { AddressScopeRecord, SubnetPoolRecord } from '../domain/records.ts';
import { createAddressScope, deleteAddressScope, updateAddressScope } from '../operations/address-scopes.ts';
import type { OperationDeps } from '../operations/change.ts';
import { createSubnetPool, deleteSubnetPool, updateSubnetPool } from '../operations/subnet-pools.ts';
import { addressScopeSource, subnetPoolSource } from '../store/sources.ts';
import { type Listing, standardFields } from './listing.ts';
import { resourceRoutes } from './resource.ts';
import {
  body,
  boolean,
  description,
  integer,
  ipVersion,
  name,
  nullable,
  optional,
  owner,
  short,
  toBoolean,
  toInteger,
  uuid,
} from './schemas.ts';
import { ownerOf, standardView } from './views.ts';

const poolListing: Listing<SubnetPoolRecord> = {
  source: subnetPoolSource,
  fields: {
    ...standardFields,
    name: { column: 'name', type: 'text' },
    ip_version: { column: 'ipVersion', type: 'integer' },
    default_prefixlen: { column: 'defaultPrefixLength', type: 'integer' },
    min_prefixlen: { column: 'minPrefixLength', type: 'integer' },
    max_prefixlen: { column: 'maxPrefixLength', type: 'integer' },
    shared: { column: 'shared', type: 'boolean' },
    is_default: { column: 'isDefault', type: 'boolean' },
    address_scope_id: { column: 'addressScopeId', type: 'uuid', nullable: true },
  },
};

const changeable = {
  name: optional(name),
  description: optional(description),
  default_prefixlen: optional(integer),
  min_prefixlen: optional(integer),
  max_prefixlen: optional(integer),
  default_quota: optional(nullable(integer)),
  is_default: optional(boolean),
  address_scope_id: optional(nullable(uuid)),
};
const prefixes = Type.Array(short, { minItems: 1, maxItems: 100 });
const poolCreated = body({ ...changeable, ...owner, prefixes, shared: optional(boolean) });
const poolUpdated = body({ ...changeable, prefixes: optional(prefixes) });

function changesOf(sent: Type.Static<typeof poolUpdated>) {
  const length = (attribute: 'default_prefixlen' | 'min_prefixlen' | 'max_prefixlen') =>
    toInteger(attribute, sent[attribute], 0, 128);
  const quota = sent.default_quota;
  return {
    name: sent.name,
    description: sent.description,
    defaultPrefixLength: length('default_prefixlen'),
    minPrefixLength: length('min_prefixlen'),
    maxPrefixLength: length('max_prefixlen'),
    defaultQuota: quota === null ? null : toInteger('default_quota', quota, 0, 2_147_483_647),
    isDefault: toBoolean(sent.is_default),
    addressScopeId: sent.address_scope_id,
  };
}

function showPool(pool: SubnetPoolRecord) {
  return {
    ...standardView(pool),
    name: pool.name,
    ip_version: pool.ipVersion,
    prefixes: pool.prefixes,
    default_prefixlen: String(pool.defaultPrefixLength),
    min_prefixlen: String(pool.minPrefixLength),
    max_prefixlen: String(pool.maxPrefixLength),
    default_quota: pool.defaultQuota,
    shared: pool.shared,
    is_default: pool.isDefault,
    address_scope_id: pool.addressScopeId,
  };
}

const scopeListing: Listing<AddressScopeRecord> = {
  source: addressScopeSource,
  fields: {
    id: { column: 'id', type: 'uuid' },
    project_id: { column: 'projectId', type: 'text' },
    tenant_id: { column: 'projectId', type: 'text' },
    name: { column: 'name', type: 'text' },
    ip_version: { column: 'ipVersion', type: 'integer' },
    shared: { column: 'shared', type: 'boolean' },
  },
};

const scopeUpdated = body({ name: optional(name), shared: optional(boolean) });
const scopeCreated = body({ name: optional(name), shared: optional(boolean), ip_version: ipVersion, ...owner });

function showScope({ id, projectId, name: title, ipVersion: version, shared }: AddressScopeRecord) {
  return { id, project_id: projectId, tenant_id: projectId, name: title, ip_version: version, shared };
}

/** Subnet pools, and the address scopes that they are in. */
export function subnetPoolRoutes(deps: OperationDeps): Route[] {
  const pools = resourceRoutes(deps, {
    singular: 'subnetpool',
    plural: 'subnetpools',
    listing: poolListing,
    missing: subnetPoolNotFound,
    show: showPool,
    created: poolCreated,
    create: (change, sent) =>
      createSubnetPool(change, {
        ...changesOf(sent),
        projectId: ownerOf(sent),
        prefixes: sent.prefixes,
        shared: toBoolean(sent.shared),
      }),
    updated: poolUpdated,
    update: (change, id, sent) => updateSubnetPool(change, id, { ...changesOf(sent), prefixes: sent.prefixes }),
    remove: deleteSubnetPool,
  });
  const scopes = resourceRoutes(deps, {
    singular: 'address_scope',
    plural: 'address_scopes',
    path: 'address-scopes',
    listing: scopeListing,
    missing: addressScopeNotFound,
    show: showScope,
    created: scopeCreated,
    create: (change, sent) =>
      createAddressScope(change, {
        projectId: ownerOf(sent),
        name: sent.name,
        ipVersion: Number(sent.ip_version) === 6 ? 6 : 4,
        shared: toBoolean(sent.shared),
      }),
    updated: scopeUpdated,
    update: (change, id, sent) => updateAddressScope(change, id, { name: sent.name, shared: toBoolean(sent.shared) }),
    remove: deleteAddressScope,
  });
  return [...pools, ...scopes];
}
