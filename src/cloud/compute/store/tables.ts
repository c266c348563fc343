import type { GroupPolicy } from '../domain/placement.ts';
import type {
  Attachment,
  Flavor,
  Nic,
  RescueSystem,
  ResizedFrom,
  ServerFault,
  ServerImage,
  ServerRecord,
  SnapshotTask,
} from '../domain/server.ts';
import type { TaskState, VmState } from '../domain/states.ts';

/** `compute.flavor` */
export interface FlavorRow {
  id: string;
  name: string;
  vcpus: number;
  memory_mib: number;
  disk_gib: number;
  ephemeral_gib: number;
  swap_mib: number;
  rxtx_factor: number;
  is_public: boolean;
  description: string | null;
  /** jsonb: written as text. */
  extra_specs: unknown;
}

/** `compute.keypair` */
export interface KeypairRow {
  id: bigint;
  user_id: string;
  name: string;
  type: string;
  fingerprint: string;
  public_key: string;
  created_at: Date;
}

/** `compute.server` */
export interface ServerRow {
  id: string;
  project_id: string;
  user_id: string;
  request_id: string;
  reservation_id: string;
  launch_index: number;
  name: string;
  description: string | null;
  hostname: string;
  flavor: unknown;
  vcpus: number;
  memory_mib: number;
  disk_gib: number;
  image_id: string | null;
  image: unknown;
  key_name: string | null;
  public_key: string | null;
  user_data: string | null;
  config_drive: boolean;
  admin_pass: string | null;
  guest_password: string | null;
  metadata: unknown;
  tags: string[];
  security_groups: unknown;
  nics: unknown;
  volumes: unknown;
  devices_pending: boolean;
  disk_generation: number;
  disk_image: unknown;
  resized_from: unknown;
  rescue: unknown;
  task_data: unknown;
  server_group_id: string | null;
  availability_zone: string | null;
  access_ip_v4: string | null;
  access_ip_v6: string | null;
  disk_config: 'AUTO' | 'MANUAL';
  locked_by: 'owner' | 'admin' | null;
  locked_reason: string | null;
  vm_state: VmState;
  task_state: TaskState | null;
  power_state: number;
  fault: unknown;
  host: string | null;
  crashed_at: Date | null;
  created_at: Date;
  updated_at: Date;
  launched_at: Date | null;
  terminated_at: Date | null;
  deleted_at: Date | null;
}

/** `compute.action` */
export interface ActionRow {
  id: bigint;
  server_id: string;
  action: string;
  request_id: string;
  user_id: string;
  project_id: string;
  message: string | null;
  started_at: Date;
  finished_at: Date | null;
  result: 'Success' | 'Error' | null;
}

/** `compute.migration` */
export interface MigrationRow {
  id: number;
  uuid: string;
  server_id: string;
  project_id: string;
  user_id: string;
  type: string;
  status: string;
  host: string;
  old_flavor_id: string;
  new_flavor_id: string;
  created_at: Date;
  updated_at: Date | null;
}

/** `compute.server_group` */
export interface ServerGroupRow {
  id: string;
  project_id: string;
  user_id: string;
  name: string;
  policy: GroupPolicy;
  /** jsonb: written as text. */
  rules: unknown;
  created_at: Date;
}

/** `compute.aggregate` */
export interface AggregateRow {
  id: number;
  uuid: string;
  name: string;
  /** jsonb: written as text. */
  metadata: unknown;
  hosts: string[];
  created_at: Date;
  updated_at: Date | null;
}

/** `compute.quota` */
export interface QuotaRow {
  scope: 'project' | 'class';
  name: string;
  resource: string;
  maximum: number;
}

/** `compute.host` */
export interface HostRow {
  name: string;
  disabled: boolean;
  disabled_reason: string | null;
  forced_down: boolean;
}

export interface ConsoleTokenRow {
  readonly token_hash: Buffer;
  readonly server_id: string;
  readonly kind: 'vnc' | 'serial';
  readonly expires_at: Date;
}

/** The tables of this context. */
export interface ComputeTables {
  'compute.flavor': FlavorRow;
  'compute.flavor_access': { flavor_id: string; project_id: string };
  'compute.keypair': KeypairRow;
  'compute.server': ServerRow;
  'compute.action': ActionRow;
  'compute.migration': MigrationRow;
  'compute.server_group': ServerGroupRow;
  'compute.aggregate': AggregateRow;
  'compute.quota': QuotaRow;
  'compute.host': HostRow;
  'compute.console_token': ConsoleTokenRow;
}

export function flavorOf(row: FlavorRow): Flavor {
  return {
    id: row.id,
    name: row.name,
    vcpus: row.vcpus,
    memoryMiB: row.memory_mib,
    diskGiB: row.disk_gib,
    ephemeralGiB: row.ephemeral_gib,
    swapMiB: row.swap_mib,
    rxtxFactor: row.rxtx_factor,
    isPublic: row.is_public,
    description: row.description,
    extraSpecs: row.extra_specs as Record<string, string>,
  };
}

export function serverOf(row: ServerRow): ServerRecord {
  return {
    id: row.id,
    projectId: row.project_id,
    userId: row.user_id,
    requestId: row.request_id,
    reservationId: row.reservation_id,
    launchIndex: row.launch_index,
    name: row.name,
    description: row.description,
    hostname: row.hostname,
    flavor: row.flavor as Flavor,
    diskGiB: row.disk_gib,
    image: row.image as ServerImage | null,
    keyName: row.key_name,
    publicKey: row.public_key,
    userData: row.user_data,
    configDrive: row.config_drive,
    sealedAdminPass: row.admin_pass,
    guestPassword: row.guest_password,
    metadata: row.metadata as Record<string, string>,
    tags: row.tags,
    securityGroups: row.security_groups as string[],
    nics: row.nics as Nic[],
    volumes: row.volumes as Attachment[],
    devicesPending: row.devices_pending,
    diskGeneration: row.disk_generation,
    diskImage: row.disk_image as ServerImage | null,
    resizedFrom: row.resized_from as ResizedFrom | null,
    rescue: row.rescue as RescueSystem | null,
    snapshot: row.task_data as SnapshotTask | null,
    serverGroupId: row.server_group_id,
    availabilityZone: row.availability_zone,
    accessIpV4: row.access_ip_v4,
    accessIpV6: row.access_ip_v6,
    diskConfig: row.disk_config,
    lockedBy: row.locked_by,
    lockedReason: row.locked_reason,
    vmState: row.vm_state,
    taskState: row.task_state,
    powerState: row.power_state,
    fault: row.fault as ServerFault | null,
    host: row.host,
    crashedAt: row.crashed_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    launchedAt: row.launched_at,
    terminatedAt: row.terminated_at,
    deletedAt: row.deleted_at,
  };
}
