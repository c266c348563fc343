export { type EventSource, EventStreamQuery, eventStream } from './event-stream.ts';
export * from './faults.ts';
export * from './microversion.ts';
export { type ApiServer, type Authenticate, createApiServer, type RequestRecord } from './server.ts';
export * from './service.ts';
export { type Validator, validator } from './validation.ts';
export type { WebSocketRoute } from './websocket.ts';
