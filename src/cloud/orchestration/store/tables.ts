import type { Generated, Insertable, Selectable } from 'kysely';
import type { Json } from '../domain/document.ts';

export type Action = 'CREATE' | 'DELETE' | 'ROLLBACK';
export type Status = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

interface StackTable {
  id: string;
  project_id: string;
  user_id: string;
  name: string;
  action: Action;
  status: Status;
  status_reason: string;
  template: string;
  given: string;
  disable_rollback: boolean;
  timeout_mins: number | null;
  tags: string;
  workflow_id: string;
  created_at: Date;
  updated_at: Date | null;
  deleted_at: Date | null;
}

interface ResourceTable {
  stack_id: string;
  name: string;
  type: string;
  id: string;
  physical_id: Generated<string>;
  after: string;
  retain: boolean;
  data: string | null;
  action: string;
  status: string;
  status_reason: Generated<string>;
  created_at: Date;
  updated_at: Date;
}

interface EventTable {
  id: string;
  seq: Generated<bigint>;
  stack_id: string;
  resource_name: string;
  physical_id: string;
  type: string;
  action: string;
  status: string;
  reason: string;
  time: Date;
}

export interface OrchestrationTables {
  'orchestration.stack': StackTable;
  'orchestration.resource': ResourceTable;
  'orchestration.event': EventTable;
}

// jsonb is written as text and read as what it holds.
export type StackRow = Omit<Selectable<StackTable>, 'template' | 'tags'> & { template: Json; tags: string[] };
export type ResourceRow = Omit<Selectable<ResourceTable>, 'after'> & { after: string[] };
export type EventRow = Selectable<EventTable>;
export type NewStack = Insertable<StackTable>;
export type NewResource = Insertable<ResourceTable>;
