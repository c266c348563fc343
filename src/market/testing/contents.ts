/** What the webhook's offering takes and gives. */
export const spaceContent = (endpointId: string) => ({
  fulfilment: { kind: 'webhook', endpointId },
  parameters: {
    type: 'object',
    properties: { name: { type: 'string', default: 'mine' }, origin: { type: 'string' } },
  },
  outputs: { url: { type: 'string' }, token: { type: 'string', secret: true } },
});

/** What the broker's offering takes and gives. */
export const databaseContent = (endpointId: string) => ({
  fulfilment: {
    ...{ kind: 'broker', endpointId, serviceId: 'database', planId: 'small', planIds: { large: 'large' }, bind: true },
  },
  outputs: { uri: { type: 'string', secret: true }, password: { type: 'string', secret: true } },
});

/** An integrator's work. */
export const taskContent = {
  fulfilment: {
    kind: 'task',
    instructions: { fr: 'Installez.', en: 'Install it.' },
    operations: ['provision'],
  },
  parameters: { type: 'object', properties: { site: { type: 'string', default: 'here' } } },
  outputs: { report: { type: 'string' } },
};
