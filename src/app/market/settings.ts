import type { CloudAccess, Credentials } from '../../client/index.ts';
import type { ServerSettings } from '../serve.ts';

/** Everything that a market alone is told at its start. */
export interface MarketSettings extends ServerSettings {
  readonly openstack: OpenStackPlace;
}

/** The OpenStack in front of which it stands. */
export interface OpenStackPlace {
  /** The market's own account there: reads projects, people and usage, hands usage in, acts for those who order. */
  readonly access: CloudAccess & { readonly credentials: Extract<Credentials, { kind: 'password' }> };
  /** Certificates (PEM) of the authority that signed the cloud's, if it is not a public one. */
  readonly ca?: string;
  /** Where usage comes from. */
  readonly usage: UsageSettings;
}

/** Notifications where the cloud has a bus that we may listen on; else the APIs are asked now and then. */
export interface UsageSettings {
  /** `amqp://user:password@host:5672/` */
  readonly notificationsUrl?: string;
  /** `TOPIC.info` of the topic in the services' `oslo_messaging_notifications`. */
  readonly notificationsQueue: string;
  /** How often the cloud's lists are compared with what is metered: the error of what notifications have missed. */
  readonly pollSeconds: number;
}
